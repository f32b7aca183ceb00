package io.baton.routing.select;

import io.baton.routing.topology.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * Where a statement is to run, and why.
 *
 * <p>Those that name no endpoint are constants, so that deciding allocates nothing.
 *
 * @param target the kind of place
 * @param endpoint the very place, if the target is {@link RouteTarget#ENDPOINT}
 * @param reason why
 * @param scope to which readers the session is restricted, for people; null if to none, or the
 *     place is no reader of the session's own choice
 * @param needs what the statement itself needs of the server
 */
public record RouteDecision(
    RouteTarget target,
    @Nullable Endpoint endpoint,
    RouteReason reason,
    @Nullable String scope,
    Needs needs) {

  /** To the writer, as nothing says that a reader would do. */
  public static final RouteDecision TO_WRITER = to(RouteTarget.WRITER, RouteReason.DEFAULT);

  /** To a reader, as the session is meant to be on one. */
  public static final RouteDecision TO_READER = to(RouteTarget.READER, RouteReason.TARGET);

  /** To the writer if there is one, as the session may be anywhere. */
  public static final RouteDecision TO_ANY = to(RouteTarget.ANY, RouteReason.TARGET);

  static final RouteDecision HINTED_WRITER = to(RouteTarget.WRITER, RouteReason.HINT);
  static final RouteDecision HINTED_READER = to(RouteTarget.READER, RouteReason.HINT);
  static final RouteDecision IN_TRANSACTION =
      to(RouteTarget.CURRENT, RouteReason.PINNED_BY_TRANSACTION);
  static final RouteDecision WITH_STATE = to(RouteTarget.CURRENT, RouteReason.PINNED_BY_STATE);
  static final RouteDecision DECLARED_READ = to(RouteTarget.READER, RouteReason.DECLARED_READ_ONLY);
  static final RouteDecision PROVED_READ = to(RouteTarget.READER, RouteReason.PROVED_READ);
  static final RouteDecision NEEDS_WRITER = to(RouteTarget.WRITER, RouteReason.NEEDS_WRITER);
  static final RouteDecision REFUSED_BY_READER =
      to(RouteTarget.WRITER, RouteReason.REFUSED_BY_READER);

  /** Makes a decision of a session that is not restricted. */
  public RouteDecision(RouteTarget target, @Nullable Endpoint endpoint, RouteReason reason) {
    this(target, endpoint, reason, null, Needs.NONE);
  }

  /** The same of a session that reads from some readers only. */
  RouteDecision within(@Nullable String newScope) {
    boolean concerned = target == RouteTarget.READER || target == RouteTarget.ANY;
    return concerned ? new RouteDecision(target, endpoint, reason, newScope, needs) : this;
  }

  /** The same of a statement that needs something of its server. */
  RouteDecision needing(Needs newNeeds) {
    return newNeeds.isEmpty() ? this : new RouteDecision(target, endpoint, reason, scope, newNeeds);
  }

  private static RouteDecision to(RouteTarget target, RouteReason reason) {
    return new RouteDecision(target, null, reason);
  }

  /** For people: where, because of what. */
  @Override
  public String toString() {
    return (endpoint == null ? target.toString().toLowerCase(java.util.Locale.ROOT) : endpoint)
        + ": "
        + reason.description()
        + (scope == null ? "" : ", " + scope)
        + (needs.isEmpty() ? "" : ", on a server with " + needs);
  }
}
