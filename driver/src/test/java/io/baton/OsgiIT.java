package io.baton;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import org.apache.felix.framework.FrameworkFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.postgresql.PGProperty;
import org.slf4j.Logger;

/** The -all.jar as a bundle, beside pgjdbc's, in a real framework of OSGi. */
@PostgresTest(standbys = 1)
class OsgiIT {

  private Framework framework;
  private Bundle baton;

  /** Knows io.baton alone. */
  private Bundle application;

  @BeforeEach
  void start(@TempDir Path storage) throws BundleException, IOException {
    framework =
        new FrameworkFactory()
            .newFramework(
                Map.of(
                    Constants.FRAMEWORK_STORAGE,
                    storage.toString(),
                    "felix.bootdelegation.implicit",
                    "false",
                    Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
                    "org.slf4j;version=" + Logger.class.getPackage().getImplementationVersion()));
    framework.start();
    install(
        Path.of(PGProperty.class.getProtectionDomain().getCodeSource().getLocation().getPath()));
    baton = install(Path.of(System.getProperty("baton.all.jar")));
    application =
        framework
            .getBundleContext()
            .installBundle("application", new ByteArrayInputStream(bundleThatImports("io.baton")));
    application.start();
  }

  @AfterEach
  void stop() throws BundleException, InterruptedException {
    framework.stop();
    framework.waitForStop(10_000);
  }

  @Test
  void applicationsBundle_getsAConnectionThatOutlivesItsPrimary(PostgresCluster cluster)
      throws ReflectiveOperationException, SQLException {
    Driver driver =
        (Driver) application.loadClass("io.baton.BatonDriver").getConstructor().newInstance();
    Properties properties = new Properties();
    properties.setProperty("user", cluster.user());
    properties.setProperty("password", cluster.password());
    try (Connection connection =
            driver.connect(cluster.jdbcUrl("jdbc:baton:postgresql:"), properties);
        Statement statement = connection.createStatement()) {
      statement.execute("SET app.who = 'me'");

      cluster.failover();

      try (ResultSet rows = statement.executeQuery("SELECT current_setting('app.who')")) {
        rows.next();
        assertThat(rows.getString(1)).isEqualTo("me");
      }
    }
  }

  @Test
  void bundle_importsWhatItsClassesAreMadeOf_andNothingElse() throws IOException {
    Set<String> used;
    try (JarFile jar = new JarFile(System.getProperty("baton.all.jar"))) {
      used =
          new ClassFileImporter()
              .importJar(jar).stream()
                  // There where the application has the framework, which then is on a class path.
                  .filter(type -> !type.getPackageName().startsWith("io.baton.integration"))
                  .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                  .map(dependency -> dependency.getTargetClass().getBaseComponentType())
                  .map(JavaClass::getPackageName)
                  .filter(name -> !name.isEmpty() && !name.startsWith("java."))
                  .filter(name -> !name.startsWith("io.baton"))
                  // Annotations, which a class is loaded without.
                  .filter(
                      name ->
                          !name.matches(
                              "org\\.jspecify.*|com\\.google\\.errorprone.*|javax\\.annotation.*"))
                  .collect(Collectors.toCollection(TreeSet::new));
    }
    String imports = baton.getHeaders().get(Constants.IMPORT_PACKAGE).replaceAll("\"[^\"]*\"", "");

    assertThat(used).hasSizeGreaterThan(15);
    assertThat(imports.split(","))
        .extracting(imported -> imported.replaceAll(";.*", ""))
        .containsExactlyInAnyOrderElementsOf(used);
  }

  @Test
  void applicationsBundle_doesNotReachPackagesThatAreNotPublic() throws ClassNotFoundException {
    for (String hidden : new String[] {"io.baton.engine.Session", "io.baton.routing.Cluster"}) {
      assertThat(baton.loadClass(hidden)).isNotNull();
      assertThatExceptionOfType(ClassNotFoundException.class)
          .isThrownBy(() -> application.loadClass(hidden));
    }
    assertThat(baton.getHeaders().get(Constants.EXPORT_PACKAGE).replaceAll(";[^,]*", ""))
        .isEqualTo("io.baton,io.baton.micrometer,io.baton.opentelemetry");
  }

  private Bundle install(Path jar) throws BundleException {
    Bundle bundle = framework.getBundleContext().installBundle(jar.toUri().toString());
    bundle.start();
    return bundle;
  }

  private static byte[] bundleThatImports(String packages) throws IOException {
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.putValue(Constants.BUNDLE_MANIFESTVERSION, "2");
    attributes.putValue(Constants.BUNDLE_SYMBOLICNAME, "application");
    attributes.putValue(Constants.IMPORT_PACKAGE, packages);
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    new JarOutputStream(content, manifest).close();
    return content.toByteArray();
  }
}
