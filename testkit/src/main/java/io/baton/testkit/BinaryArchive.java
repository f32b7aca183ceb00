package io.baton.testkit;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A jar with PostgreSQL's binaries for this platform, found but not yet unpacked.
 *
 * <p>Maven puts one version of an artifact on a class path, so that at most one PostgreSQL comes
 * that way. Others are taken from the folders in the system property {@value #FOLDERS}, and then
 * from the local Maven repository, if a build has downloaded them. The newest minor version wins.
 *
 * @param jar where it lies
 * @param version its version, such as 18.6.0
 * @param platform whose binaries it holds
 */
record BinaryArchive(Path jar, String version, Platform platform) {
  /** System property: folders, separated as a class path is, in which jars with binaries lie. */
  static final String FOLDERS = "baton.testkit.binaries";

  private static final Comparator<BinaryArchive> BY_MINOR_VERSION =
      Comparator.comparing(
          archive ->
              Stream.of(archive.version.split("\\."))
                  .map(part -> String.format("%8s", part))
                  .reduce("", String::concat));

  /** The jar to use for a version, or empty if there is none on this machine. */
  static Optional<BinaryArchive> find(PostgresVersion version, Platform platform) {
    List<Function<Platform, List<Path>>> places =
        List.of(
            BinaryArchive::inFolders,
            BinaryArchive::onClassPath,
            BinaryArchive::inLocalMavenRepository);
    return places.stream()
        .map(
            place ->
                place.apply(platform).stream()
                    .flatMap(jar -> of(jar, platform).stream())
                    .filter(archive -> archive.isOf(version))
                    .max(BY_MINOR_VERSION))
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** What to tell a user who has no binaries for a version. */
  static String advice(PostgresVersion version, Platform platform) {
    return "Add "
        + Platform.GROUP
        + ":"
        + platform.artifact()
        + " in a version "
        + version.major()
        + ".x to the class path of your tests, or put its jar into a folder named by the system"
        + " property "
        + FOLDERS
        + ", or fetch it once with: mvn dependency:get -Dartifact="
        + Platform.GROUP
        + ":"
        + platform.artifact()
        + ":"
        + version.major()
        + ".x.0 (with the newest x)";
  }

  /** Reads the version off the name of the jar; empty if it is not such a jar. */
  static Optional<BinaryArchive> of(Path jar, Platform platform) {
    Matcher name =
        Pattern.compile(Pattern.quote(platform.artifact()) + "-(\\d+(\\.\\d+)+)\\.jar")
            .matcher(String.valueOf(jar.getFileName()));
    return name.matches()
        ? Optional.of(new BinaryArchive(jar, name.group(1), platform))
        : Optional.empty();
  }

  boolean isOf(PostgresVersion wanted) {
    return version.startsWith(wanted.major() + ".");
  }

  private static List<Path> inFolders(Platform platform) {
    return Stream.of(System.getProperty(FOLDERS, "").split(File.pathSeparator))
        .filter(folder -> !folder.isBlank())
        .flatMap(folder -> jarsBelow(Path.of(folder), 1).stream())
        .toList();
  }

  private static List<Path> onClassPath(Platform platform) {
    List<Path> jars = new ArrayList<>();
    try {
      for (ClassLoader loader :
          new ClassLoader[] {
            Thread.currentThread().getContextClassLoader(), BinaryArchive.class.getClassLoader()
          }) {
        if (loader == null) {
          continue;
        }
        for (URL url : loader.resources(platform.archive()).toList()) {
          URLConnection connection = url.openConnection();
          if (connection instanceof JarURLConnection inJar) {
            jars.add(Path.of(inJar.getJarFileURL().toURI()));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (java.net.URISyntaxException e) {
      throw new ClusterException("A class path entry has no path: " + e.getInput(), e);
    }
    return jars;
  }

  private static List<Path> inLocalMavenRepository(Platform platform) {
    return Stream.of(
            System.getProperty("maven.repo.local"),
            System.getProperty("localRepository"),
            System.getProperty("user.home") + "/.m2/repository")
        .filter(repository -> repository != null && !repository.isBlank())
        .map(
            repository ->
                Path.of(repository)
                    .resolve(Platform.GROUP.replace('.', '/'))
                    .resolve(platform.artifact()))
        .flatMap(artifact -> jarsBelow(artifact, 2).stream())
        .toList();
  }

  private static List<Path> jarsBelow(Path folder, int depth) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder, depth)) {
      return files.filter(Files::isRegularFile).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
