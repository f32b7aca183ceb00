package io.baton.routing.select;

import io.baton.routing.topology.Capabilities;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.ListedEndpoint;
import io.baton.routing.topology.ServerStatus;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a server must have. What is not known of a server, it is taken to lack.
 *
 * <p>Immutable. {@code toString} is the text that {@link Needs#parse} reads.
 */
public sealed interface Need {

  /** Why a server is taken to lack what it was not heard of. */
  String UNTOLD = "does not tell what it has";

  /** Why a server is taken to lack what it was not asked for. */
  String UNASKED = "has not told yet what it has";

  /**
   * What a server lacks, in words that follow its name; null if it is known to have it.
   *
   * @param groups the groups of {@code baton.groups} that it belongs to, which are tags
   */
  @Nullable String lacking(EndpointState server, Set<String> groups);

  private static String silence(EndpointState server) {
    return server.capabilities() == null ? UNASKED : UNTOLD;
  }

  /** The version of the server: as many of its numbers count as are written. */
  record OfVersion(Comparison comparison, DottedNumber version) implements Need {
    @Override
    public @Nullable String lacking(EndpointState server, Set<String> groups) {
      ServerStatus status = server.status();
      if (status == null) {
        return UNASKED;
      }
      DottedNumber actual = DottedNumber.leading(status.version());
      return actual != null && comparison.holds(actual.compareTo(version))
          ? null
          : "is of version " + status.version();
    }

    @Override
    public String toString() {
      return "version" + comparison + version;
    }
  }

  /** A setting of the server that is a number. */
  record OfSetting(NumericSetting setting, Comparison comparison, long value) implements Need {
    @Override
    public @Nullable String lacking(EndpointState server, Set<String> groups) {
      Capabilities told = Needs.toldBy(server);
      if (told == null) {
        return silence(server);
      }
      long actual = setting.of(told);
      return comparison.holds(Long.compare(actual, value))
          ? null
          : "has " + setting + " " + setting.format(actual);
    }

    @Override
    public String toString() {
      return setting.toString() + comparison + setting.format(value);
    }
  }

  /**
   * An extension of the database.
   *
   * @param comparison how its version compares; null for any version
   */
  record OfExtension(String name, @Nullable Comparison comparison, @Nullable DottedNumber version)
      implements Need {
    @Override
    public @Nullable String lacking(EndpointState server, Set<String> groups) {
      Capabilities told = Needs.toldBy(server);
      if (told == null) {
        return silence(server);
      }
      String actual = told.extensions().get(name);
      if (actual == null) {
        return "has no extension " + name;
      }
      if (comparison == null || version == null) {
        return null;
      }
      DottedNumber number = DottedNumber.leading(actual);
      return number != null && comparison.holds(number.compareTo(version))
          ? null
          : "has the extension " + name + " " + actual;
    }

    @Override
    public String toString() {
      return comparison == null ? name : name + comparison + version;
    }
  }

  /**
   * A tag that the list of endpoints gives it, or a group of the URL.
   *
   * @param value its value; null for any but {@code false}
   */
  record OfTag(String name, @Nullable String value) implements Need {
    private static final String ZONE = "zone";

    @Override
    public @Nullable String lacking(EndpointState server, Set<String> groups) {
      String actual = valueAt(server.listed());
      if (value == null) {
        boolean has = groups.contains(name) || (actual != null && !actual.equals("false"));
        return has ? null : "has no tag " + name;
      }
      if (value.equals(actual)) {
        return null;
      }
      return actual == null ? "has no tag " + name : "has the tag " + name + "=" + actual;
    }

    private @Nullable String valueAt(ListedEndpoint listed) {
      String tag = listed.tags().get(name);
      return tag == null && name.equals(ZONE) ? listed.zone() : tag;
    }

    @Override
    public String toString() {
      return "tag:" + name + (value == null ? "" : "=" + value);
    }
  }
}
