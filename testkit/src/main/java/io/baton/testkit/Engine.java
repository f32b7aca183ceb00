package io.baton.testkit;

/** Where the servers of one cluster run. Closing it removes what its hosts shared. */
interface Engine extends AutoCloseable {
  /** A new place for a server, with nothing in it yet. */
  NodeHost newHost(String name, int index);

  /** An address on which the proxy in front of the node with that index can listen. */
  Address newProxyAddress(int index);

  /** The address ranges, in CIDR form, from which clients and standbys connect. */
  String clientNetwork();

  /** What servers should listen on, as {@code listen_addresses} wants it, for that host. */
  String listenAddress(NodeHost host);

  @Override
  void close();
}
