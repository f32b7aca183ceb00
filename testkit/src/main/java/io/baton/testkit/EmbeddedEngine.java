package io.baton.testkit;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Servers as processes of this machine, on loopback addresses, from binaries found by Maven. */
final class EmbeddedEngine implements Engine {
  private static final int MOST_ADDRESSES = 16;

  private final Path binaries;
  private final FileTree folder;
  private final LoopbackPorts ports;
  private final boolean addressPerNode;
  private final int sharedDirectPort;
  private final int sharedProxyPort;

  EmbeddedEngine(ClusterSpecification specification, BinaryArchive archive) {
    RunFolder run = RunFolder.get();
    this.binaries = new BinaryCache(run.base()).unpacked(archive);
    this.folder = run.newClusterFolder();
    this.ports = new LoopbackPorts(run.base());
    this.addressPerNode = specification.addressPerNode();
    this.sharedDirectPort = addressPerNode ? reserveOnAll() : 0;
    this.sharedProxyPort = addressPerNode ? reserveOnAll() : 0;
  }

  @Override
  public NodeHost newHost(String name, int index) {
    Address address = new Address(host(index), sharedDirectPort);
    if (!addressPerNode) {
      address = new Address(host(index), reserveOne());
    }
    return new EmbeddedHost(binaries, new FileTree(folder.root().resolve(name)), address);
  }

  @Override
  public Address newProxyAddress(int index) {
    return new Address(host(index), addressPerNode ? sharedProxyPort : reserveOne());
  }

  @Override
  public String clientNetwork() {
    return "127.0.0.0/8";
  }

  @Override
  public String listenAddress(NodeHost host) {
    return host.address().host();
  }

  @Override
  public void close() {
    folder.delete();
    ports.close();
  }

  private String host(int index) {
    if (addressPerNode && index >= MOST_ADDRESSES) {
      throw new ClusterException("No more than " + MOST_ADDRESSES + " nodes have own addresses");
    }
    return addressPerNode ? "127.0.0." + (2 + index) : "127.0.0.1";
  }

  private int reserveOne() {
    return ports.reserve(List.of(inetAddress("127.0.0.1")));
  }

  private int reserveOnAll() {
    List<InetAddress> all = new ArrayList<>();
    for (int index = 0; index < MOST_ADDRESSES; index++) {
      all.add(inetAddress(host(index)));
    }
    return ports.reserve(all);
  }

  private static InetAddress inetAddress(String host) {
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new ClusterException("Not an address: " + host, e);
    }
  }
}
