package io.baton.testkit.proxy;

import io.baton.testkit.proxy.Message.Backend;
import io.baton.testkit.proxy.Message.Frontend;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * What the two directions of a connection know of each other: which statement a portal runs, which
 * statement the server is answering, and whether the connection is encrypted.
 *
 * <p>Thread-safe: each direction has its own thread.
 */
final class Conversation {
  private static final String UNNAMED = "";

  /** Something whose answer is awaited: a run of a statement, or a point of synchronisation. */
  private record Awaited(String statement, boolean endsWithReady) {}

  private final Counters counters;
  private final Map<String, String> statements = new HashMap<>();
  private final Map<String, String> portals = new HashMap<>();
  private final Deque<Awaited> awaited = new ArrayDeque<>();
  private int negotiations;
  private int readyOutstanding;
  private boolean opaque;

  Conversation(Counters counters) {
    this.counters = counters;
  }

  /** The client has asked for encryption; the server answers with a single byte. */
  synchronized void negotiationAsked() {
    negotiations++;
  }

  /** Whether the next byte of the server is the answer to a request for encryption. */
  synchronized boolean awaitsNegotiation() {
    return negotiations > 0;
  }

  /** The server has answered: from here on nothing can be understood, if it has accepted. */
  synchronized void negotiationAnswered(boolean accepted) {
    negotiations--;
    opaque |= accepted;
  }

  /** From here on, nothing can be understood. */
  synchronized void becomeOpaque() {
    opaque = true;
  }

  synchronized boolean isOpaque() {
    return opaque;
  }

  /** Notes a message of the client, of which the beginning of the body is at hand. */
  synchronized MessageSeen fromClient(Frontend message, Body body) {
    String text =
        switch (message) {
          case QUERY -> body.text();
          case PARSE -> {
            String name = body.text();
            String sql = body.text();
            statements.put(name, sql);
            yield sql;
          }
          case BIND -> {
            String portal = body.text();
            String sql = statements.getOrDefault(body.text(), "");
            portals.put(portal, sql);
            yield sql;
          }
          case EXECUTE -> portals.getOrDefault(body.text(), "");
          case DESCRIBE -> {
            boolean ofPortal = body.code() == 'P';
            yield (ofPortal ? portals : statements).getOrDefault(body.text(), "");
          }
          case CLOSE -> {
            boolean ofPortal = body.code() == 'P';
            String closed = (ofPortal ? portals : statements).remove(body.text());
            yield closed == null ? "" : closed;
          }
          default -> "";
        };
    switch (message) {
      case EXECUTE -> awaited.add(new Awaited(text, false));
      case QUERY -> requested(text);
      case SYNC, FUNCTION_CALL -> requested("");
      default -> {}
    }
    return new MessageSeen(message, text, "");
  }

  private void requested(String text) {
    awaited.add(new Awaited(text, true));
    counters.requests.increment();
    if (readyOutstanding == 0) {
      counters.roundTrips.increment();
    }
    readyOutstanding++;
  }

  /** Notes a message of the server. */
  synchronized MessageSeen fromServer(Backend message, Body body) {
    Awaited current = awaited.peek();
    String statement = current == null ? "" : current.statement();
    String tag = message == Backend.COMMAND_COMPLETE ? body.text() : "";
    switch (message) {
      case COMMAND_COMPLETE, EMPTY_QUERY_RESPONSE, PORTAL_SUSPENDED, ERROR_RESPONSE -> {
        if (current != null && !current.endsWithReady()) {
          awaited.remove();
        }
      }
      case READY_FOR_QUERY -> ready();
      default -> {}
    }
    return new MessageSeen(message, statement, tag);
  }

  /** After an error the server skips what is awaited up to the next synchronisation. */
  private void ready() {
    readyOutstanding = Math.max(0, readyOutstanding - 1);
    boolean reached = false;
    while (!reached && !awaited.isEmpty()) {
      reached = awaited.remove().endsWithReady();
    }
    portals.remove(UNNAMED);
  }
}
