package io.baton.testkit;

import java.io.IOException;
import java.util.stream.IntStream;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.ExecConfig;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.AbstractWaitStrategy;
import org.testcontainers.utility.DockerImageName;

/**
 * Servers in one container of PostgreSQL's official image, each on a port of its own. The
 * container's main process only waits; servers are started and killed in it by scripts. What is
 * left behind if this JVM dies, Testcontainers removes.
 */
final class ContainerEngine implements Engine {
  private static final String IMAGE = "postgres";
  private static final String USER = "postgres";
  private static final String FOLDER = "/var/lib/postgresql/baton-testkit";
  private static final int FIRST_PORT = 5500;
  private static final int MOST_NODES = 16;

  private final GenericContainer<?> container;
  private final LoopbackPorts ports;
  private final LoopbackAddresses proxies;

  ContainerEngine(ClusterSpecification specification) {
    this.ports = RunFolder.get().newPorts();
    this.proxies = new LoopbackAddresses(ports, specification.addressPerNode());
    this.container =
        new GenericContainer<>(
                DockerImageName.parse(IMAGE)
                    .withTag(Integer.toString(specification.version().major())))
            .withExposedPorts(
                IntStream.range(FIRST_PORT, FIRST_PORT + MOST_NODES)
                    .boxed()
                    .toArray(Integer[]::new))
            .withCreateContainerCmdModifier(
                command -> {
                  command.withEntrypoint("sleep", "infinity");
                  // Collects the processes of killed servers.
                  var hostConfig = command.getHostConfig();
                  if (hostConfig != null) {
                    hostConfig.withInit(true);
                  }
                })
            .waitingFor(new Started());
    container.start();
  }

  /** Whether a Docker engine answers. */
  static boolean isPossible() {
    return DockerClientFactory.instance().isDockerAvailable();
  }

  @Override
  public NodeHost newHost(String name, int index) {
    if (index >= MOST_NODES) {
      throw new ClusterException("No more than " + MOST_NODES + " nodes fit into the container");
    }
    int port = FIRST_PORT + index;
    return new ShellHost(
        this::run,
        FOLDER + "/" + name,
        new Address(container.getHost(), container.getMappedPort(port)),
        new Address("127.0.0.1", port));
  }

  private Shell.Result run(String script) {
    try {
      ExecResult result =
          container.execInContainer(
              ExecConfig.builder()
                  .user(USER)
                  .command(
                      new String[] {
                        "bash", "-c", "PATH=$PATH:$(ls -d /usr/lib/postgresql/*/bin)\n" + script
                      })
                  .build());
      return new Shell.Result(result.getExitCode(), result.getStdout());
    } catch (IOException e) {
      throw new ClusterException("The container does not run scripts", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterException("Interrupted while a script ran in the container", e);
    }
  }

  @Override
  public Address newProxyAddress(int index) {
    return proxies.of(index);
  }

  @Override
  public String clientNetwork() {
    return "all";
  }

  @Override
  public void close() {
    container.stop();
    ports.close();
  }

  /** The container serves nothing by itself: there is nothing to wait for. */
  private static final class Started extends AbstractWaitStrategy {
    @Override
    protected void waitUntilReady() {}
  }
}
