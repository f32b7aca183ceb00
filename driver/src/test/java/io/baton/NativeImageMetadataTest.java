package io.baton;

import static org.assertj.core.api.Assertions.assertThat;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.naming.spi.ObjectFactory;
import javax.net.SocketFactory;
import javax.sql.CommonDataSource;
import org.junit.jupiter.api.Test;

/** What the jar tells GraalVM of the classes that others create by their names. */
class NativeImageMetadataTest {

  private static final String FOLDER = "/META-INF/native-image/io.baton/baton-driver/";

  private static final JavaClasses PRODUCTION =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("testkit"))
          .importPackages("io.baton");

  private static InputStream file(String name) {
    return Objects.requireNonNull(BatonDriver.class.getResourceAsStream(FOLDER + name), name);
  }

  @Test
  void classes_thatAreNamed_areThereWithTheirConstructors()
      throws IOException, JsonParserException, ReflectiveOperationException {
    JsonArray named;
    try (InputStream file = file("reflect-config.json")) {
      named = JsonParser.array().from(file);
    }
    List<Constructor<?>> constructors = new ArrayList<>();
    for (Object each : named) {
      JsonObject entry = (JsonObject) each;
      Class<?> type = Class.forName(entry.getString("name"));
      for (Object field : entry.getArray("fields", new JsonArray())) {
        assertThat(type.getDeclaredField(((JsonObject) field).getString("name"))).isNotNull();
      }
      for (Object method : entry.getArray("methods", new JsonArray())) {
        List<Class<?>> parameters = new ArrayList<>();
        for (Object parameter : ((JsonObject) method).getArray("parameterTypes")) {
          parameters.add(Class.forName((String) parameter));
        }
        constructors.add(type.getConstructor(parameters.toArray(Class<?>[]::new)));
      }
    }
    assertThat(named).hasSizeGreaterThan(4);
    assertThat(constructors)
        .as("those that pgjdbc creates as its socket factories are among them")
        .filteredOn(made -> SocketFactory.class.isAssignableFrom(made.getDeclaringClass()))
        .hasSize(2);
  }

  @Test
  void resources_thatAreNamed_areInTheJar() throws IOException, JsonParserException {
    JsonArray patterns;
    try (InputStream file = file("resource-config.json")) {
      patterns = JsonParser.object().from(file).getObject("resources").getArray("includes");
    }
    assertThat(patterns)
        .extracting(each -> ((JsonObject) each).getString("pattern"))
        .map(pattern -> pattern.replace("\\Q", "/").replace("\\E", ""))
        .filteredOn(name -> !name.startsWith("/org/postgresql")) // may be given by the application
        .hasSize(2)
        .allSatisfy(name -> assertThat(BatonDriver.class.getResource(name)).isNotNull());
  }

  @Test
  void everyClassThatOthersMakeByItsName_isNamed() throws IOException, JsonParserException {
    Set<String> made = new TreeSet<>();
    for (String service :
        List.of(
            "services/java.sql.Driver",
            "services/liquibase.database.Database",
            "services/org.flywaydb.core.extensibility.Plugin",
            "spring.factories")) {
      made.addAll(classesNamedIn("/META-INF/" + service));
    }
    assertThat(made).hasSize(4);
    // What pgjdbc, JNDI, pools, and the bean introspection of JMX make or read by name.
    PRODUCTION.stream()
        .filter(
            type ->
                type.isAssignableTo(SocketFactory.class)
                    || type.isAssignableTo(ObjectFactory.class)
                    || (type.isAssignableTo(CommonDataSource.class) && !type.isInnerClass())
                    || type.getSimpleName().endsWith("MXBean"))
        .filter(type -> !type.getModifiers().contains(JavaModifier.ABSTRACT) || type.isInterface())
        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
        .forEach(type -> made.add(type.getName()));

    JsonArray named;
    try (InputStream file = file("reflect-config.json")) {
      named = JsonParser.array().from(file);
    }
    assertThat(named)
        .extracting(each -> ((JsonObject) each).getString("name"))
        .filteredOn(name -> !name.startsWith("org.postgresql")) // its fields, in the test above
        .containsExactlyInAnyOrderElementsOf(made);
  }

  /** Each is made from interfaces that its source names; a new one is to be written down, too. */
  @Test
  void everyProxy_isNamed() throws IOException, JsonParserException {
    assertThat(callersOf(Proxy.class, "newProxyInstance"))
        .containsExactlyInAnyOrder(
            "io.baton.ReadOnlyView",
            "io.baton.jdbc.pooled.ConnectionHandle",
            "io.baton.jdbc.pooled.StatementHandle");
    JsonArray proxies;
    try (InputStream file = file("proxy-config.json")) {
      proxies = JsonParser.array().from(file);
    }
    assertThat(proxies)
        .map(Object::toString)
        .containsExactlyInAnyOrder(
            "[" + Connection.class.getName() + "]",
            "[" + BatonConnection.class.getName() + "]",
            "[java.sql.Statement, org.postgresql.PGStatement]",
            "[java.sql.PreparedStatement, org.postgresql.PGStatement]",
            "[java.sql.CallableStatement, org.postgresql.PGStatement]");
  }

  /** What else goes by a name: a class of the application's own, which it has to name itself. */
  @Test
  void everyPlaceThatGoesByNames_isKnown() {
    assertThat(callersOf(Class.class, "forName"))
        .containsExactlyInAnyOrder(
            "io.baton.jdbc.pgjdbc.SuppliedPassword",
            "io.baton.jdbc.pgjdbc.WatchedSocketFactory$Reach");
    Set<String> resources = callersOf(Class.class, "getResourceAsStream");
    resources.addAll(callersOf(ClassLoader.class, "getResources"));
    resources.addAll(callersOf(ClassLoader.class, "getResourceAsStream"));
    resources.addAll(callersOf(Class.class, "getResource"));
    assertThat(resources)
        .containsExactlyInAnyOrder(
            "io.baton.BatonVersion", "io.baton.jdbc.pgjdbc.PgUrl$DriverDefaults");
    assertThat(callersOf(ServiceLoader.class, "load")).isEmpty();
  }

  private static Set<String> callersOf(Class<?> owner, String method) {
    return PRODUCTION.stream()
        .flatMap(type -> type.getMethodCallsFromSelf().stream())
        .filter(call -> call.getTargetOwner().isEquivalentTo(owner))
        .filter(call -> call.getTarget().getName().equals(method))
        .map(call -> call.getOriginOwner().getName())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static List<String> classesNamedIn(String resource) throws IOException {
    try (InputStream file =
        Objects.requireNonNull(BatonDriver.class.getResourceAsStream(resource), resource)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> line.startsWith("io.baton."))
          .toList();
    }
  }
}
