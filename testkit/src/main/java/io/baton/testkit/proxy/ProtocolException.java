package io.baton.testkit.proxy;

/** Bytes that are not PostgreSQL's protocol; the connection goes on without being understood. */
final class ProtocolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ProtocolException(String message) {
    super(message);
  }
}
