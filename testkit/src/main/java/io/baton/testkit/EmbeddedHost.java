package io.baton.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A server as processes of this machine, with its data below a folder of the cluster's. */
final class EmbeddedHost implements NodeHost {
  private final ServerAccount account;
  private final Path binaries;
  private final FileTree folder;
  private final Path data;
  private final Path log;
  private final Address address;
  private volatile @Nullable ProcessTree server;

  EmbeddedHost(ServerAccount account, Path binaries, FileTree folder, Address address) {
    this.account = account;
    this.binaries = binaries;
    this.folder = folder;
    this.data = folder.root().resolve("data");
    this.log = folder.root().resolve("server.log");
    this.address = address;
    FileTree.createPrivate(folder.root());
    account.own(folder.root());
  }

  @Override
  public Address address() {
    return address;
  }

  @Override
  public Address peerAddress() {
    return address;
  }

  @Override
  public String listenAddress() {
    return address.host();
  }

  @Override
  public void initialize(String superuser, String password, List<String> statements) {
    try {
      Path passwordFile = folder.root().resolve("password");
      Files.writeString(passwordFile, password + "\n");
      account.own(folder.root());
      run(
          "",
          binaries.resolve("bin/initdb").toString(),
          "--pgdata=" + data,
          "--username=" + superuser,
          "--pwfile=" + passwordFile,
          "--auth=scram-sha-256",
          "--encoding=UTF8",
          "--locale=C",
          "--wal-segsize=" + ServerConfiguration.WAL_SEGMENT_MEBIBYTES,
          "--no-sync",
          "--no-instructions");
      Files.delete(passwordFile);
      run(
          String.join("\n", statements) + "\n",
          binaries.resolve("bin/postgres").toString(),
          "--single",
          "-D",
          data.toString(),
          "-F",
          "-c",
          "exit_on_error=on",
          "postgres");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void run(String input, String... command) throws IOException {
    Path output = Files.createTempFile(folder.root(), "run", ".log");
    Process process =
        new ProcessBuilder(account.command(command))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try (OutputStream standardInput = process.getOutputStream()) {
      standardInput.write(input.getBytes(UTF_8));
    }
    try {
      if (process.waitFor() != 0) {
        throw new ClusterException(
            String.join(" ", command) + " failed:\n" + Files.readString(output));
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new ClusterException("Interrupted while running " + command[0], e);
    }
    Files.delete(output);
  }

  @Override
  public void copyDataFrom(NodeHost other) {
    Path source = ((EmbeddedHost) other).data;
    new FileTree(data).delete();
    new FileTree(source).copyTo(data, BackupContent::includes);
    account.own(data);
  }

  @Override
  public void write(String file, String content) {
    // The server may take the file away (promote) as soon as it is there: so it appears complete.
    Path draft = data.resolve(file + ".draft");
    try {
      Files.writeString(draft, content);
      account.own(draft);
      Files.move(draft, data.resolve(file), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void delete(String file) {
    try {
      Files.deleteIfExists(data.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String read(String file) {
    try {
      return Files.readString(data.resolve(file));
    } catch (IOException absentOrBeingReplaced) {
      return "";
    }
  }

  @Override
  public boolean exists(String file) {
    return Files.exists(data.resolve(file));
  }

  @Override
  public void launch() {
    ProcessBuilder builder =
        new ProcessBuilder(
            account.command(binaries.resolve("bin/postgres").toString(), "-D", data.toString()));
    builder.environment().put("TZ", "UTC");
    builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
    try {
      Process process =
          builder
              .directory(data.toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      process.getOutputStream().close();
      server = new ProcessTree(process.toHandle());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean isAlive() {
    ProcessTree running = server;
    return running != null && running.isAlive();
  }

  @Override
  public void signal(Signal signal) {
    ProcessTree running = server;
    if (running != null) {
      running.signalRoot(signal);
    }
  }

  @Override
  public void signalAll(Signal signal) {
    ProcessTree running = server;
    if (running != null) {
      running.signalAll(signal);
    }
  }

  @Override
  public void kill() {
    ProcessTree running = server;
    if (running != null && running.isAlive()) {
      running.kill();
    }
    removeSharedMemory();
  }

  @Override
  public Optional<Path> dataFolder() {
    return Optional.of(data);
  }

  @Override
  public String log() {
    try {
      return Files.exists(log) ? Files.readString(log) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    kill();
    folder.delete();
  }

  /** A killed server leaves its small System V segment, named in line 7 of its pid file. */
  private void removeSharedMemory() {
    List<String> lines = read("postmaster.pid").lines().toList();
    if (lines.size() < 7) {
      return;
    }
    String segment = lines.get(6).strip().replaceAll(".*\\s", "");
    try {
      new ProcessBuilder("ipcrm", "-m", segment)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException noSuchCommand) {
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
