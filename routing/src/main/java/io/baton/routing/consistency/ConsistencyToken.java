package io.baton.routing.consistency;

import org.jspecify.annotations.Nullable;

/**
 * A position of a cluster that can be told from those of other clusters, to be handed from one
 * program to another. Immutable.
 *
 * <p>What comes from elsewhere may be anything. A token that stood for more than its cluster has
 * written would be reached by no reader, ever; so one is believed only if the writer, asked
 * afterwards, has written that much: {@link #refusalBy}.
 *
 * @param systemIdentifier the number that all servers of the cluster share
 * @param position where its writer was
 */
public record ConsistencyToken(long systemIdentifier, TimelinePosition position) {

  private static final String FORM = "which looks like 7312345678901234567/3@1/4E000028";

  /**
   * Reads the form that {@link #toString} gives.
   *
   * @throws IllegalArgumentException if the text is of another form
   */
  public static ConsistencyToken parse(String text) {
    int at = text.indexOf('@');
    int slash = text.indexOf('/');
    if (at > 0 && (slash < 0 || slash > at)) {
      throw new IllegalArgumentException(
          "'" + text + "' is no consistency token, " + FORM + ": it does not say of which cluster");
    }
    try {
      if (slash > 0 && at > slash) {
        int timeline = Integer.parseUnsignedInt(text, slash + 1, at, 10);
        return new ConsistencyToken(
            Long.parseUnsignedLong(text, 0, slash, 10),
            new TimelinePosition(
                Integer.toUnsignedLong(timeline), Lsn.parse(text.substring(at + 1))));
      }
    } catch (IllegalArgumentException malformed) {
      throw new IllegalArgumentException(refusal(text), malformed);
    }
    throw new IllegalArgumentException(refusal(text));
  }

  private static String refusal(String text) {
    return "'" + text + "' is no consistency token, " + FORM;
  }

  /** Why this cannot be a token of a cluster; null if it may be. */
  public @Nullable String refusalByCluster(long clusterIdentifier) {
    return systemIdentifier == clusterIdentifier
        ? null
        : "The consistency token "
            + this
            + " is of another cluster: the system identifier of this one is "
            + Long.toUnsignedString(clusterIdentifier);
  }

  /**
   * Why this cannot be a token of the cluster whose writer, asked now, is there; null if it can.
   */
  public @Nullable String refusalBy(ConsistencyToken writer) {
    String ofAnother = refusalByCluster(writer.systemIdentifier);
    if (ofAnother != null || writer.position.hasReached(position)) {
      return ofAnother;
    }
    return "The consistency token "
        + this
        + " stands for more than its cluster has: the writer is at "
        + writer.position
        + ". It was made up, or what it stands for was lost in a failover";
  }

  /** {@code system identifier/timeline@lsn}. */
  @Override
  public String toString() {
    return Long.toUnsignedString(systemIdentifier) + "/" + position;
  }
}
