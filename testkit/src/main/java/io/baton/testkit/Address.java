package io.baton.testkit;

import java.net.InetSocketAddress;

/** A host and a port. */
record Address(String host, int port) {
  InetSocketAddress toSocketAddress() {
    return new InetSocketAddress(host, port);
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
