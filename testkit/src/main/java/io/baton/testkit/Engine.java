package io.baton.testkit;

/** What runs the servers of one cluster. Closing it removes what its hosts shared. */
interface Engine extends AutoCloseable {
  /** A new place for a server, with nothing in it yet. */
  NodeHost newHost(String name, int index);

  /** An address on which the proxy in front of the node with that index can listen. */
  Address newProxyAddress(int index);

  /** From where clients and standbys connect, as {@code pg_hba.conf} wants it. */
  String clientNetwork();

  @Override
  void close();
}
