package io.baton.testkit;

import java.nio.file.Path;
import java.util.List;

/** Servers as processes of this machine, on loopback addresses. */
final class EmbeddedEngine implements Engine {
  private final ServerAccount account;
  private final Path binaries;
  private final FileTree folder;
  private final LoopbackPorts ports;
  private final LoopbackAddresses servers;
  private final LoopbackAddresses proxies;

  EmbeddedEngine(ClusterSpecification specification, BinaryArchive archive, ServerAccount account) {
    RunFolder run = specification.durable() ? RunFolder.onDisk() : RunFolder.get();
    this.account = account;
    this.binaries = new BinaryCache(run.base()).unpacked(archive);
    this.folder = run.newClusterFolder();
    List.of(run.base(), run.folder(), folder.root()).forEach(account::passThrough);
    this.ports = run.newPorts();
    this.servers = new LoopbackAddresses(ports, specification.addressPerNode());
    this.proxies = new LoopbackAddresses(ports, specification.addressPerNode());
  }

  @Override
  public NodeHost newHost(String name, int index) {
    return new EmbeddedHost(
        account, binaries, new FileTree(folder.root().resolve(name)), servers.of(index));
  }

  @Override
  public Address newProxyAddress(int index) {
    return proxies.of(index);
  }

  @Override
  public String clientNetwork() {
    return "127.0.0.0/8";
  }

  @Override
  public void close() {
    folder.delete();
    ports.close();
  }
}
