package io.baton;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The pages of the documentation: their links lead somewhere, and their Java compiles, unless the
 * comment {@code not compiled} is before it.
 */
class DocumentationTest {

  private static final Path ROOT = Path.of("..");
  private static final Pattern JAVA =
      Pattern.compile("(?:<!-- not compiled[^\\n]*-->\\s*)?```java\\n(.*?)```", Pattern.DOTALL);
  private static final Pattern CLASS = Pattern.compile("(?m)^(public )?(final )?(class|record) ");
  private static final Pattern IMPORT = Pattern.compile("(?m)^import .*;$");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");

  /** Pages that are being written. */
  private static final Set<String> TO_COME = Set.of();

  private static final String IMPORTS =
      """
      import static org.junit.jupiter.api.Assertions.assertEquals;
      import com.zaxxer.hikari.*;
      import io.baton.*;
      import io.baton.testkit.*;
      import java.sql.*;
      import java.util.*;
      import javax.sql.DataSource;
      import org.junit.jupiter.api.Test;
      """;

  /** What snippets speak of without saying where they have it from. */
  private static final String FIELDS =
      """
        String password = "";
        Connection connection;
        Connection other;
        DataSource dataSource;
        DataSource oldDatabase;
        DataSource newDatabase;
        org.slf4j.Logger log;
      """;

  private static final String ORDERS =
      """
      class Orders {
        Orders(String url, String user, String password) {}
        void place(String order) {}
      }
      """;

  @TempDir private Path classes;

  private static List<Path> pages() throws IOException {
    try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"));
        Stream<Path> top = Files.list(ROOT)) {
      return Stream.concat(docs, top).filter(page -> page.toString().endsWith(".md")).toList();
    }
  }

  private static String text(Path page) throws IOException {
    return Files.readString(page);
  }

  @Test
  void java_inThePages_compiles() throws IOException {
    List<JavaFileObject> sources = new ArrayList<>();
    sources.add(source("Orders", IMPORTS + ORDERS));
    for (Path page : pages()) {
      for (MatchResult snippet : JAVA.matcher(text(page)).results().toList()) {
        if (!snippet.group().startsWith("<!-- not")) {
          sources.add(source("Snippet" + sources.size(), unit(sources.size(), snippet.group(1))));
        }
      }
    }
    assertThat(sources).hasSizeGreaterThan(8);

    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    List<String> options =
        List.of("-proc:none", "-nowarn", "-d", classes.toString(), "-cp", classPath());
    compiler.getTask(null, null, found, options, null, sources).call();

    assertThat(found.getDiagnostics())
        .filteredOn(each -> each.getKind() == Diagnostic.Kind.ERROR)
        .isEmpty();
  }

  private static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  private static String unit(int number, String snippet) {
    String imports =
        IMPORTS
            + String.join("\n", IMPORT.matcher(snippet).results().map(MatchResult::group).toList());
    String body = IMPORT.matcher(snippet).replaceAll("");
    return CLASS.matcher(body).find()
        ? "package snippet"
            + number
            + ";\n"
            + imports
            + "\n"
            + body
            + (body.contains("Orders ") ? ORDERS : "")
        : imports
            + "\nclass Snippet"
            + number
            + " {\n"
            + FIELDS
            + "  void run() throws Exception {\n"
            + body
            + "  }\n}\n";
  }

  private static JavaFileObject source(String name, String code) {
    return new SimpleJavaFileObject(
        URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return code;
      }
    };
  }

  /** The bill of versions has no parent that would give it one. */
  @Test
  void version_isTheSameEverywhere() throws IOException {
    Pattern version = Pattern.compile("<version>([^<]+)</version>");
    assertThat(version.matcher(text(ROOT.resolve("driver/bom/pom.xml"))).results())
        .first()
        .satisfies(found -> assertThat(found.group(1)).isEqualTo(BatonVersion.FULL));
    for (String page : List.of("README.md", "docs/guide/quickstart.md")) {
      assertThat(text(ROOT.resolve(page))).contains("<version>" + BatonVersion.FULL + "</version>");
    }
  }

  @Test
  void links_leadToPagesAndHeadingsThatThereAre() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path page : pages()) {
      for (MatchResult link : LINK.matcher(text(page)).results().toList()) {
        String target = link.group(1);
        if (!target.contains("://") && !leads(page, target)) {
          broken.add(page + ": " + target);
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  private static boolean leads(Path page, String target) throws IOException {
    String[] parts = target.split("#", 2);
    Path file = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
    if (!Files.exists(file)) {
      return TO_COME.contains(String.valueOf(file.getFileName()));
    }
    return parts.length == 1
        || HEADING
            .matcher(text(file))
            .results()
            .anyMatch(heading -> anchor(heading.group(1)).equals(parts[1]));
  }

  /** As forges make it: lower case, without punctuation, hyphens for blanks. */
  private static String anchor(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-');
  }
}
