package io.baton.testkit;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Addresses for one purpose on a cluster's nodes: 127.0.0.1 with a port for each node, or an
 * address for each node with the same port.
 */
final class LoopbackAddresses {
  private static final int MOST_ADDRESSES = 16;

  private final LoopbackPorts ports;
  private final boolean addressPerNode;
  private int sharedPort;

  LoopbackAddresses(LoopbackPorts ports, boolean addressPerNode) {
    this.ports = ports;
    this.addressPerNode = addressPerNode;
  }

  /** The address for the node with that index. */
  synchronized Address of(int index) {
    if (!addressPerNode) {
      return new Address("127.0.0.1", ports.reserve(List.of(inetAddress("127.0.0.1"))));
    }
    if (index >= MOST_ADDRESSES) {
      throw new ClusterException("No more than " + MOST_ADDRESSES + " nodes have own addresses");
    }
    if (sharedPort == 0) {
      sharedPort =
          ports.reserve(
              IntStream.range(0, MOST_ADDRESSES)
                  .mapToObj(node -> inetAddress(host(node)))
                  .toList());
    }
    return new Address(host(index), sharedPort);
  }

  private static String host(int index) {
    return "127.0.0." + (2 + index);
  }

  private static InetAddress inetAddress(String host) {
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new ClusterException("Not an address: " + host, e);
    }
  }
}
