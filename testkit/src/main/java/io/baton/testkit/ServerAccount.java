package io.baton.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * As whom to run PostgreSQL, which refuses to run as root: as this user, or, where this user is
 * root, as another user in one of two ways.
 *
 * @param prefix what comes before the command
 * @param owner whom the servers' data must belong to, if not to this user
 */
record ServerAccount(List<String> prefix, Optional<Integer> owner) {
  /** This user. */
  static final ServerAccount OWN = new ServerAccount(List.of(), Optional.empty());

  /**
   * A user namespace of its own. In it, a process sees itself and the owner of its files as the
   * same, nameless user, while to the rest of the machine both are still root's.
   */
  static final ServerAccount NAMESPACE =
      new ServerAccount(List.of("unshare", "-U"), Optional.empty());

  private static final int NOBODY_ID = 65534;

  /** The user nobody, for containers, which often forbid user namespaces. */
  static final ServerAccount NOBODY =
      new ServerAccount(
          List.of("setpriv", "--reuid=" + NOBODY_ID, "--regid=" + NOBODY_ID, "--clear-groups"),
          Optional.of(NOBODY_ID));

  private static final class Holder {
    static final ServerAccount CURRENT = find();
  }

  static ServerAccount current() {
    return Holder.CURRENT;
  }

  List<String> command(String... words) {
    return Stream.concat(prefix.stream(), Stream.of(words)).toList();
  }

  /** Lets the account pass through a folder of this user's. */
  void passThrough(Path folder) {
    if (owner.isPresent()) {
      try {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Gives a folder and all in it to the account. */
  void own(Path folder) {
    if (owner.isEmpty()) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.toList()) {
        Files.setAttribute(path, "unix:uid", owner.get(), LinkOption.NOFOLLOW_LINKS);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ServerAccount find() {
    if (!isRoot()) {
      return OWN;
    }
    return Stream.of(NAMESPACE, NOBODY)
        .filter(ServerAccount::isPossible)
        .findFirst()
        .orElseThrow(
            () ->
                new ClusterException(
                    "PostgreSQL does not run as root, and neither `unshare -U` nor `setpriv` (both"
                        + " of util-linux) is possible here. Run the tests as another user."));
  }

  boolean isPossible() {
    try {
      return new ProcessBuilder(command("true"))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException noSuchCommand) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  static boolean isRoot() {
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
