package io.baton;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.grack.nanojson.JsonParser;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.micrometer.core.instrument.Meter;
import io.opentelemetry.api.OpenTelemetry;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.PGProperty;
import org.slf4j.Logger;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ApplicationContext;
import org.springframework.core.env.Environment;

/** An application that is a module of its own, with Baton on the module path. */
@PostgresTest(standbys = 2, synchronous = true)
class ModulePathIT {

  private static final String DESCRIPTOR = "module application { requires io.baton.driver; %s }";
  private static final String MANAGEMENT = "requires java.management;";

  /** The chain of jars, and the one of them all. */
  enum Form {
    CHAIN,
    ALL;

    List<Path> jars() {
      Path all = Path.of(System.getProperty("baton.all.jar"));
      List<Path> jars = new ArrayList<>(List.of(jarOf(PGProperty.class), jarOf(Logger.class)));
      if (this == ALL) {
        jars.add(all);
        return jars;
      }
      jars.add(Path.of(System.getProperty("baton.jar")));
      for (String module : List.of("session", "routing", "failover")) {
        String name = Objects.toString(all.getFileName());
        jars.add(
            Path.of(
                "..",
                module,
                "target",
                name.replace("-all", "").replace("baton-driver", "baton-" + module)));
      }
      Stream.of(
              Caffeine.class,
              JsonParser.class,
              CircuitBreaker.class,
              RateLimiter.class,
              IntervalFunction.class)
          .map(ModulePathIT::jarOf)
          .forEach(jars::add);
      return jars;
    }
  }

  @ParameterizedTest
  @EnumSource
  @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void modularApplication_goesOnAfterACrashOfThePrimary(
      Form form, PostgresCluster cluster, @TempDir Path folder)
      throws IOException, InterruptedException {
    run(form.jars(), List.of(), List.of(), cluster, folder);
  }

  @Test
  @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void modularApplicationWithTheFrameworks_linksEveryClass(
      PostgresCluster cluster, @TempDir Path folder) throws IOException, InterruptedException {
    List<Path> jars = new ArrayList<>(Form.CHAIN.jars());
    Stream.of(
            Meter.class,
            OpenTelemetry.class,
            SpringApplication.class,
            ApplicationContext.class,
            BeanFactory.class,
            Environment.class)
        .map(ModulePathIT::jarOf)
        .forEach(jars::add);
    run(
        jars,
        List.of(
            "--add-modules",
            "spring.boot,spring.context,spring.core,micrometer.core,io.opentelemetry.api"),
        List.of("frameworks"),
        cluster,
        folder);
  }

  @ParameterizedTest
  @EnumSource
  void classOfAPackageThatIsNotPublic_doesNotCompileInAModule(Form form, @TempDir Path folder)
      throws IOException {
    for (String hidden :
        List.of(
            "io.baton.engine.Session",
            "io.baton.jdbc.pgjdbc.WatchedSocketFactory",
            "io.baton.jdbc.RoutedConnection",
            "io.baton.failover.HandOvers",
            "io.baton.routing.topology.Endpoint",
            "io.baton.session.sql.StatementAnalysis")) {
      String source = "package application; class Curious { " + hidden + " reached; }";

      assertThat(compile(form.jars(), folder, DESCRIPTOR.formatted(""), "Curious", source))
          .as(hidden)
          .containsPattern("is not visible|does not read it|does not export it")
          .contains("1 error");
    }
  }

  private static void run(
      List<Path> jars,
      List<String> options,
      List<String> arguments,
      PostgresCluster cluster,
      Path folder)
      throws IOException, InterruptedException {
    String source;
    try (InputStream text =
        Objects.requireNonNull(
            ModulePathIT.class.getResourceAsStream("ModularApplication.java.txt"))) {
      source = new String(text.readAllBytes(), StandardCharsets.UTF_8);
    }
    assertThat(
            compile(jars, folder, DESCRIPTOR.formatted(MANAGEMENT), "ModularApplication", source))
        .isEmpty();

    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("--module-path", path(jars) + File.pathSeparator + classes(folder)));
    command.addAll(List.of("--module", "application/application.ModularApplication"));
    command.add(cluster.jdbcUrl("jdbc:baton:postgresql:"));
    command.addAll(List.of(cluster.user(), cluster.password()));
    command.addAll(arguments);
    Process application =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (BufferedReader said = application.inputReader(StandardCharsets.UTF_8)) {
      assertThat(said.readLine()).isEqualTo("driver in module io.baton.driver");
      assertThat(said.readLine()).isEqualTo("linked all");
      assertThat(said.readLine()).startsWith("connected to ");
      assertThat(said.readLine()).isEqualTo("managed true");
      assertThat(said.readLine()).isEqualTo("InaccessibleObjectException io.baton.engine.Session");
      assertThat(said.readLine())
          .isEqualTo("InaccessibleObjectException io.baton.jdbc.pgjdbc.WatchedSocketFactory");
      assertThat(said.readLine()).isEqualTo("ready");

      cluster.failover();

      application.getOutputStream().write('\n');
      application.getOutputStream().flush();
      assertThat(said.readLine()).isEqualTo("rows 2");
      assertThat(application.waitFor(20, TimeUnit.SECONDS)).isTrue();
    } finally {
      application.destroyForcibly();
    }
    assertThat(application.exitValue()).isZero();
  }

  /** What the compiler says of a module of two files. */
  private static String compile(
      List<Path> jars, Path folder, String descriptor, String name, String source)
      throws IOException {
    Path module = Files.writeString(folder.resolve("module-info.java"), descriptor);
    Path file = Files.writeString(folder.resolve(name + ".java"), source);
    StringWriter said = new StringWriter();
    ToolProvider.findFirst("javac")
        .orElseThrow()
        .run(
            new PrintWriter(said),
            new PrintWriter(said),
            "--module-path",
            path(jars),
            "-d",
            classes(folder).toString(),
            module.toString(),
            file.toString());
    return said.toString();
  }

  private static Path classes(Path folder) {
    return folder.resolve("classes");
  }

  private static String path(List<Path> jars) {
    return String.join(File.pathSeparator, jars.stream().map(Path::toString).toList());
  }

  private static Path jarOf(Class<?> type) {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath());
  }
}
