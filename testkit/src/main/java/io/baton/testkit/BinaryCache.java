package io.baton.testkit;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * PostgreSQL's binaries, unpacked once for each version and user and kept for later runs.
 *
 * <p>Several JVMs may ask at once: one unpacks into a folder of its own and renames it when it is
 * whole, under a lock on a file, which ends with the JVM that holds it.
 */
final class BinaryCache {
  private static final Object ONE_THREAD_AT_A_TIME = new Object();

  private final Path folder;

  BinaryCache(Path folder) {
    this.folder = folder;
  }

  /** The folder that holds {@code bin}, {@code lib} and {@code share} of that archive. */
  Path unpacked(BinaryArchive archive) {
    String name = archive.platform().artifact() + "-" + archive.version();
    Path home = folder.resolve(name);
    if (isWhole(home)) {
      return home;
    }
    synchronized (ONE_THREAD_AT_A_TIME) {
      try (FileChannel channel =
              FileChannel.open(
                  folder.resolve(name + ".lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        if (lock.isValid() && !isWhole(home)) {
          new FileTree(home).delete();
          Path partial = folder.resolve(name + ".partial");
          new FileTree(partial).delete();
          unpack(archive, partial);
          Files.move(partial, home, StandardCopyOption.ATOMIC_MOVE);
        }
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot unpack " + archive.jar() + " into " + home, e);
      }
    }
    return home;
  }

  /** Cleaners of temporary folders may have taken a part of it. */
  private static boolean isWhole(Path home) {
    return Files.isExecutable(home.resolve("bin/postgres"))
        && Files.isExecutable(home.resolve("bin/initdb"))
        && Files.exists(home.resolve("share/postgresql/postgres.bki"))
        && Files.exists(home.resolve("share/postgresql/timezonesets/Default"));
  }

  private static void unpack(BinaryArchive archive, Path target) throws IOException {
    try (JarFile jar = new JarFile(archive.jar().toFile())) {
      ZipEntry entry = jar.getEntry(archive.platform().archive());
      if (entry == null) {
        throw new ClusterException(
            archive.jar() + " does not hold " + archive.platform().archive());
      }
      try (InputStream compressed = new BufferedInputStream(jar.getInputStream(entry), 1 << 16);
          TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(compressed))) {
        for (TarArchiveEntry item = tar.getNextEntry(); item != null; item = tar.getNextEntry()) {
          unpack(tar, item, target);
        }
      }
    }
  }

  private static void unpack(TarArchiveInputStream tar, TarArchiveEntry item, Path target)
      throws IOException {
    Path path = target.resolve(item.getName()).normalize();
    if (!path.startsWith(target)) {
      throw new ClusterException("An archive that leads out of its folder: " + item.getName());
    }
    if (item.isDirectory()) {
      Files.createDirectories(path);
      return;
    }
    Files.createDirectories(path.resolveSibling("."));
    if (item.isSymbolicLink()) {
      Files.createSymbolicLink(path, Path.of(item.getLinkName()));
    } else {
      Files.copy(tar, path);
      boolean executable = (item.getMode() & 0b001_000_000) != 0;
      Files.setPosixFilePermissions(
          path, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
    }
  }
}
