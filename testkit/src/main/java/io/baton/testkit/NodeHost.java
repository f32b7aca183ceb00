package io.baton.testkit;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The place where one PostgreSQL server lives: a data folder, binaries, an address and the server's
 * processes. This is all that differs between servers on this machine and servers in containers.
 *
 * <p>Not thread-safe: {@link PostgresNode} calls it one call at a time, except {@link #isAlive()}.
 */
interface NodeHost extends AutoCloseable {
  /** Where this JVM reaches the server. */
  Address address();

  /** Where the cluster's other servers reach it. */
  Address peerAddress();

  /** What the server listens on, as its setting {@code listen_addresses} wants it. */
  String listenAddress();

  /** Creates the data folder, with a superuser of that password, and runs statements in it. */
  void initialize(String superuser, String password, List<String> statements);

  /** Replaces the data folder by a copy of another server's, as a base backup selects files. */
  void copyDataFrom(NodeHost other);

  /** Writes a file in the data folder. */
  void write(String file, String content);

  /** Deletes a file in the data folder if it is there. */
  void delete(String file);

  /** The content of a file in the data folder, empty if there is none. */
  String read(String file);

  boolean exists(String file);

  /** Starts the server's processes; they may not yet accept connections. */
  void launch();

  /** Whether the server's postmaster exists, frozen or not. */
  boolean isAlive();

  /** Signals the postmaster. */
  void signal(Signal signal);

  /** Signals the postmaster and all processes of the server. */
  void signalAll(Signal signal);

  /** Kills all processes of the server at once and returns when they are gone. */
  void kill();

  /** The data folder, if this JVM can see it. */
  Optional<Path> dataFolder();

  /** What the server has written to its log. */
  String log();

  /** Kills the server and removes its data. */
  @Override
  void close();
}
