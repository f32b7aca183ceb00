package io.baton;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitCallTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * All that Baton uses of a library is in each version that it is to work with: frameworks bring
 * their own, older than the one that Baton is built with.
 */
class OlderLibrariesTest {

  private static final JavaClasses BATON =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.baton");

  @ParameterizedTest
  @CsvSource({
    "org.postgresql., postgresql-42.7.4, 200",
    "org.postgresql., postgresql-42.7.8, 200",
    "com.github.benmanes., caffeine-, 10",
    "io.github.resilience4j., resilience4j-, 20",
    "org.slf4j., slf4j-api-, 20"
  })
  void everythingThatIsUsed_isInTheOlderVersion(String owners, String jars, int atLeast)
      throws IOException {
    Set<String> missing = new TreeSet<>();
    int uses = 0;
    try (URLClassLoader older =
        new URLClassLoader(jars(jars), ClassLoader.getPlatformClassLoader())) {
      for (JavaClass user : BATON) {
        for (JavaAccess<?> use : user.getAccessesFromSelf()) {
          if (use.getTargetOwner().getName().startsWith(owners) && !isForwarding(use)) {
            uses++;
            if (!isThere(older, use)) {
              missing.add(use.getDescription());
            }
          }
        }
      }
    }
    assertThat(uses).isGreaterThan(atLeast);
    assertThat(missing).isEmpty();
  }

  private static URL[] jars(String beginning) throws IOException {
    List<URL> jars = new ArrayList<>();
    try (DirectoryStream<Path> older =
        Files.newDirectoryStream(Path.of("target/older"), beginning + "*")) {
      for (Path jar : older) {
        jars.add(jar.toUri().toURL());
      }
    }
    return jars.toArray(new URL[0]);
  }

  /** What only an application calls that knows the newer version. */
  private static boolean isForwarding(JavaAccess<?> use) {
    return use.getOriginOwner().getSimpleName().startsWith("Delegating")
        && use.getName().equals(use.getOrigin().getName());
  }

  private static boolean isThere(ClassLoader older, JavaAccess<?> use) {
    try {
      Class<?> owner = Class.forName(use.getTargetOwner().getName(), false, older);
      if (use.getTarget() instanceof CodeUnitCallTarget called) {
        List<String> parameters =
            called.getRawParameterTypes().stream().map(JavaClass::getName).toList();
        return has(owner, use.getName(), parameters);
      }
      return hasField(owner, use.getName());
    } catch (ClassNotFoundException absent) {
      return false;
    }
  }

  private static boolean hasField(Class<?> owner, String name) {
    for (Class<?> type = owner; type != null; type = type.getSuperclass()) {
      if (Arrays.stream(type.getDeclaredFields()).anyMatch(field -> field.getName().equals(name))) {
        return true;
      }
    }
    return Arrays.stream(owner.getFields()).anyMatch(field -> field.getName().equals(name));
  }

  private static boolean has(Class<?> owner, String name, List<String> parameters) {
    if (name.equals("<init>")) {
      return Arrays.stream(owner.getDeclaredConstructors())
          .anyMatch(made -> names(made.getParameterTypes()).equals(parameters));
    }
    for (Class<?> type = owner; type != null; type = type.getSuperclass()) {
      if (Arrays.stream(type.getDeclaredMethods())
          .anyMatch(
              method ->
                  method.getName().equals(name)
                      && names(method.getParameterTypes()).equals(parameters))) {
        return true;
      }
    }
    // What every object has is called on an interface as well.
    return Stream.concat(
            Arrays.stream(owner.getMethods()), Arrays.stream(Object.class.getDeclaredMethods()))
        .anyMatch(
            method ->
                method.getName().equals(name)
                    && names(method.getParameterTypes()).equals(parameters));
  }

  private static List<String> names(Class<?>[] types) {
    return Arrays.stream(types).map(Class::getName).toList();
  }
}
