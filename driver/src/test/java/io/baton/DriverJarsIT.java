package io.baton;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGProperty;
import org.slf4j.Logger;

/** The two jars as the build leaves them. */
class DriverJarsIT {

  private static final Path PLAIN = Path.of(System.getProperty("baton.jar"));
  private static final Path ALL = Path.of(System.getProperty("baton.all.jar"));

  @Test
  void bothJars_registerTheDriverAndNameTheirModule() throws IOException {
    for (Path jar : List.of(PLAIN, ALL)) {
      try (JarFile file = new JarFile(jar.toFile())) {
        Attributes manifest = file.getManifest().getMainAttributes();

        assertThat(text(file, "META-INF/services/java.sql.Driver").strip())
            .isEqualTo("io.baton.BatonDriver");
        ModuleDescriptor module = ModuleFinder.of(jar).findAll().iterator().next().descriptor();
        assertThat(module.toNameAndVersion()).isEqualTo("io.baton.driver@" + BatonVersion.FULL);
        assertThat(module.isAutomatic()).isFalse();
        assertThat(module.exports())
            .filteredOn(exported -> !exported.isQualified())
            .extracting(ModuleDescriptor.Exports::source)
            .containsExactlyInAnyOrder("io.baton", "io.baton.micrometer", "io.baton.opentelemetry");
        assertThat(manifest.getValue("Implementation-Version")).isEqualTo(BatonVersion.FULL);
        assertThat(manifest.getValue("Multi-Release")).isNull();
      }
    }
  }

  @Test
  void allJar_holdsBatonAndItsLibraries_underNamesOfItsOwn() throws IOException {
    try (JarFile file = new JarFile(ALL.toFile())) {
      List<String> names = file.stream().map(JarEntry::getName).toList();

      assertThat(names)
          .contains(
              "io/baton/BatonDriver.class",
              "io/baton/BatonDataSource.class",
              "io/baton/session/package-info.class",
              "io/baton/routing/topology/Endpoint.class",
              "io/baton/failover/package-info.class",
              "io/baton/shaded/caffeine/cache/Caffeine.class",
              "io/baton/shaded/resilience4j/circuitbreaker/CircuitBreaker.class",
              "io/baton/shaded/resilience4j/ratelimiter/RateLimiter.class",
              "META-INF/LICENSE",
              "META-INF/NOTICE")
          .doesNotHaveDuplicates()
          .contains("module-info.class")
          .allMatch(
              name ->
                  name.startsWith("META-INF/")
                      || name.startsWith("io/")
                      || name.equals("module-info.class"))
          .noneMatch(name -> name.startsWith("io/github/") && name.endsWith(".class"))
          .noneMatch(name -> name.endsWith("/module-info.class"))
          .noneMatch(name -> name.startsWith("META-INF/maven/"));
      assertThat(text(file, "META-INF/LICENSE")).contains("Apache License");
      assertThat(text(file, "META-INF/NOTICE")).contains("Caffeine", "Resilience4j");
    }
  }

  @Test
  void allJar_inNoClass_speaksOfItsLibrariesByTheirOldNames() throws IOException {
    int classes = 0;
    try (JarFile file = new JarFile(ALL.toFile())) {
      for (Enumeration<JarEntry> entries = file.entries(); entries.hasMoreElements(); ) {
        JarEntry entry = entries.nextElement();
        if (entry.getName().endsWith(".class")) {
          classes++;
          String content = text(file, entry.getName());
          assertThat(content.contains("com/github/benmanes") || content.contains("io/github/"))
              .as(entry.getName())
              .isFalse();
          assertThat(content.contains("com.github.benmanes") || content.contains("io.github.res"))
              .as(entry.getName())
              .isFalse();
        }
      }
    }
    assertThat(classes).isGreaterThan(500);
  }

  @Test
  void application_withAllJarPgjdbcAndSlf4jOnly_reachesTheDriver(@TempDir Path folder)
      throws IOException, InterruptedException {
    assertThat(outputOfApplication(folder))
        .contains("driver io.baton.BatonDriver\n", "cached value\n", "refused with 08001: ");
  }

  @Test
  void optionInPgjdbcsDefaultsOnTheClassPath_isReadRatherThanIgnored(@TempDir Path folder)
      throws IOException, InterruptedException {
    Path defaults = folder.resolve("org/postgresql/driverconfig.properties");
    Files.createDirectories(defaults.getParent());
    Files.writeString(defaults, "baton.heartbeat=1\n");

    assertThat(outputOfApplication(folder))
        .contains("refused with 22023: baton.heartbeat=1 is not");
  }

  @Test
  void commandLine_withAllJarPgjdbcAndSlf4jOnly_saysHowItIsCalled(@TempDir Path folder)
      throws IOException, InterruptedException {
    assertThat(output(folder, "io.baton.cli.Baton", "help"))
        .contains("Baton " + BatonVersion.FULL.replaceFirst("[.]\\d+(-.*)?$", ""))
        .contains("cutover run:");
  }

  /** What the application of one file prints, run with this folder and three jars. */
  private String outputOfApplication(Path folder) throws IOException, InterruptedException {
    Path program = folder.resolve("Application.java");
    try (InputStream source =
        Objects.requireNonNull(getClass().getResourceAsStream("Application.java.txt"))) {
      Files.copy(source, program);
    }
    return output(folder, program.toString());
  }

  /** What a program prints, run with this folder and three jars. */
  private static String output(Path folder, String... program)
      throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.add("-cp");
    words.add(
        String.join(
            File.pathSeparator,
            folder.toString(),
            ALL.toString(),
            jarOf(PGProperty.class),
            jarOf(Logger.class)));
    words.addAll(List.of(program));
    Process process =
        new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(output.toFile()).start();
    try {
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(output)).isZero();
      return Files.readString(output);
    } finally {
      process.destroyForcibly();
    }
  }

  private static String jarOf(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    return Path.of(source.getLocation().getPath()).toString();
  }

  /** As Latin-1, which keeps every byte: names in class files are found as they are. */
  private static String text(JarFile file, String name) throws IOException {
    try (InputStream content = file.getInputStream(file.getEntry(name))) {
      return new String(content.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }
}
