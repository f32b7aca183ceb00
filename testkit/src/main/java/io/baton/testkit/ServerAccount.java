package io.baton.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * How to start a PostgreSQL process, which refuses to run as root: as this user, or, where this
 * user is root, in a user namespace of its own. There the process sees itself and the owner of its
 * files as the same, nameless user, while to the rest of the machine both are still root's.
 */
record ServerAccount(List<String> prefix) {
  private static final class Holder {
    static final ServerAccount CURRENT = find();
  }

  static ServerAccount current() {
    return Holder.CURRENT;
  }

  List<String> command(String... words) {
    return Stream.concat(prefix.stream(), Stream.of(words)).toList();
  }

  private static ServerAccount find() {
    if (!isRoot()) {
      return new ServerAccount(List.of());
    }
    ServerAccount namespace = new ServerAccount(List.of("unshare", "-U"));
    if (namespace.works()) {
      return namespace;
    }
    throw new ClusterException(
        "PostgreSQL does not run as root, and `unshare -U` is not possible here (it needs"
            + " util-linux and permission to create user namespaces). Run the tests as another"
            + " user, or, in a container, allow user namespaces.");
  }

  private boolean works() {
    try {
      return new ProcessBuilder(command("true"))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static boolean isRoot() {
    try {
      Path probe = Files.createTempFile("baton-testkit", ".probe");
      Object user = Files.getAttribute(probe, "unix:uid");
      Files.delete(probe);
      return Integer.valueOf(0).equals(user);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
