import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.annotation.processing.AbstractProcessor;
import javax.annotation.processing.RoundEnvironment;
import javax.annotation.processing.SupportedAnnotationTypes;
import javax.lang.model.SourceVersion;
import javax.lang.model.element.Element;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.ArrayType;
import javax.lang.model.type.DeclaredType;
import javax.lang.model.type.ExecutableType;
import javax.lang.model.type.TypeKind;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.type.TypeVariable;
import javax.lang.model.type.WildcardType;
import javax.lang.model.util.ElementFilter;
import javax.lang.model.util.Elements;
import javax.lang.model.util.Types;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * Writes the forwarding classes of {@code io.baton.jdbc}: the 660 methods of JDBC that do nothing
 * but pass a call on, so that hand-written classes hold only the methods that differ.
 *
 * <p>Runs at build time and is never shipped. It reads the interfaces as {@code --release 17} shows
 * them, on whichever JDK builds, so that the output is the same everywhere. How a method is
 * forwarded is decided in one place, {@link Form}; the rules behind it are in {@code
 * docs/decisions/0002-generated-forwarding.md}.
 *
 * <p>Usage: {@code java -cp <pgjdbc jar> ForwardingSources.java <parameter-names.txt> <output
 * folder>}. It is one file because Java 17 can run only one from source.
 */
@SupportedAnnotationTypes("*")
public final class ForwardingSources extends AbstractProcessor {

  private static final String PACKAGE = "io.baton.jdbc";
  private static final String JAVA_RELEASE = "17";

  /**
   * One class to write.
   *
   * @param name its name
   * @param parent what it extends
   * @param level which level of a chain of classes it is
   * @param type the JDBC interface that it implements, and that its delegate is of
   * @param extension an interface of the PostgreSQL driver that its delegate implements too, or ""
   * @param constructor the parameters of its constructor, handed on to the class it extends; a
   *     class that holds the delegate has its own
   */
  private record Specimen(
      String name, String parent, Level level, String type, String extension, String constructor) {

    /** The parameters of the constructor without their types. */
    String constructorArguments() {
      return Arrays.stream(constructor.split(", "))
          .map(parameter -> parameter.substring(parameter.lastIndexOf(' ') + 1))
          .collect(Collectors.joining(", "));
    }
  }

  /** Where a class stands in the chain of classes of its kind of object. */
  private enum Level {
    /** The connection, which is bound to itself. */
    CONNECTION,
    /** The first of its chain: it holds the delegate. */
    ROOT,
    /** PreparedStatement and CallableStatement: the delegate is held above. */
    DERIVED
  }

  private static final List<Specimen> SPECIMENS =
      List.of(
          root("Array", ""),
          root("Blob", ""),
          root("Clob", ""),
          new Specimen(
              "DelegatingConnection",
              "ConnectionBound",
              Level.CONNECTION,
              "java.sql.Connection",
              "org.postgresql.PGConnection",
              ""),
          root("DatabaseMetaData", ""),
          root("ParameterMetaData", ""),
          root("ResultSet", "org.postgresql.PGRefCursorResultSet"),
          root("ResultSetMetaData", "org.postgresql.PGResultSetMetaData"),
          root("SQLXML", ""),
          root("Savepoint", ""),
          root("Statement", "org.postgresql.PGStatement"),
          new Specimen(
              "DelegatingPreparedStatement",
              "RoutedStatement",
              Level.DERIVED,
              "java.sql.PreparedStatement",
              "",
              "RoutedConnection connection, PreparedStatement made, StatementOrigin<?> origin"),
          new Specimen(
              "DelegatingCallableStatement",
              "RoutedPreparedStatement",
              Level.DERIVED,
              "java.sql.CallableStatement",
              "",
              "RoutedConnection connection, CallableStatement made, StatementOrigin<?> origin,"
                  + " io.baton.session.sql.StatementAnalysis analysis"));

  /** Results that lead back to a connection, and arguments that may be wrappers of ours. */
  private static final Set<String> BOUND_TYPES =
      Set.of(
          "Array",
          "Blob",
          "Clob",
          "Connection",
          "DatabaseMetaData",
          "Object",
          "ParameterMetaData",
          "ResultSet",
          "ResultSetMetaData",
          "SQLXML",
          "Savepoint");

  /** Results that only a hand-written class can wrap: the compiler then insists that it does. */
  private static final Set<String> LEFT_ABSTRACT =
      Set.of("Statement", "PreparedStatement", "CallableStatement");

  /** Written by hand in ConnectionBound, once for all. */
  private static final Set<String> HAND_WRITTEN = Set.of("unwrap", "isWrapperFor");

  private static Specimen root(String type, String extension) {
    return new Specimen(
        "Delegating" + type, "ConnectionBound", Level.ROOT, "java.sql." + type, extension, "");
  }

  public static void main(String[] arguments) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new IllegalStateException("Building Baton needs a JDK; this is a Java runtime only");
    }
    ParameterNames.read(Path.of(arguments[0]));
    ForwardingSources generator = new ForwardingSources();
    StringWriter messages = new StringWriter();
    var options =
        List.of(
            "--release",
            JAVA_RELEASE,
            "-proc:only",
            "-nowarn",
            "-classpath",
            System.getProperty("java.class.path"));
    var task =
        compiler.getTask(messages, null, null, options, List.of("java.sql.Connection"), null);
    task.setProcessors(List.of(generator));
    if (!task.call() || generator.sources.isEmpty()) {
      throw new IllegalStateException("The interfaces cannot be read: " + messages);
    }
    Path folder = Path.of(arguments[1]).resolve(PACKAGE.replace('.', '/'));
    Files.createDirectories(folder);
    for (Map.Entry<String, String> source : generator.sources.entrySet()) {
      Path file = folder.resolve(source.getKey() + ".java");
      byte[] content = source.getValue().getBytes(StandardCharsets.UTF_8);
      // A file that is not touched is not compiled again.
      if (!Files.exists(file) || !Arrays.equals(Files.readAllBytes(file), content)) {
        Files.write(file, content);
      }
    }
  }

  private final Map<String, String> sources = new LinkedHashMap<>();

  @Override
  public SourceVersion getSupportedSourceVersion() {
    return SourceVersion.latest();
  }

  @Override
  public boolean process(Set<? extends TypeElement> annotations, RoundEnvironment round) {
    if (sources.isEmpty()) {
      Model model = new Model(processingEnv.getElementUtils(), processingEnv.getTypeUtils());
      for (Specimen specimen : SPECIMENS) {
        sources.put(specimen.name(), new ForwardingClass(model, specimen).source());
      }
      sources.put("FreedArray", new FreedClass(model, "FreedArray", "Array").source());
      sources.put("FreedSqlXml", new FreedClass(model, "FreedSqlXml", "SQLXML").source());
      sources.put("TellingResultSet", new TellingClass(model).source());
      sources.put("ParameterSetters", new SettersClass(model).source());
    }
    return false;
  }

  // ---------------------------------------------------------------------------------------------
  // What is read

  /** The interfaces, as the compiler knows them. */
  private static final class Model {

    private final Elements elements;
    private final Types types;

    Model(Elements elements, Types types) {
      this.elements = elements;
      this.types = types;
    }

    TypeElement type(String name) {
      TypeElement type = elements.getTypeElement(name);
      if (type == null) {
        throw new IllegalStateException(name + " is not on the class path");
      }
      return type;
    }

    /** The instance methods of an interface and of those it extends, in an order of our own. */
    List<Method> methodsOf(String interfaceName) {
      TypeElement type = type(interfaceName);
      return ElementFilter.methodsIn(elements.getAllMembers(type)).stream()
          .filter(method -> !method.getModifiers().contains(Modifier.STATIC))
          .filter(method -> !isOfObject(method))
          .map(method -> new Method(this, type, method))
          .sorted(Comparator.comparing(Method::signature))
          .toList();
    }

    /** Those of them that an interface it extends does not have. */
    List<Method> methodsAddedBy(String interfaceName) {
      Set<String> inherited = new HashSet<>();
      for (TypeMirror parent : type(interfaceName).getInterfaces()) {
        String parentName = ((TypeElement) types.asElement(parent)).getQualifiedName().toString();
        methodsOf(parentName).forEach(method -> inherited.add(method.signature()));
      }
      return methodsOf(interfaceName).stream()
          .filter(method -> !inherited.contains(method.signature()))
          .toList();
    }

    private static boolean isOfObject(Element method) {
      return ((TypeElement) method.getEnclosingElement())
          .getQualifiedName()
          .contentEquals("java.lang.Object");
    }
  }

  /** One method of an interface. */
  private static final class Method {

    private final TypeElement owner;
    private final ExecutableElement element;
    private final ExecutableType signature;
    private final Set<String> imports = new TreeSet<>();
    private final String result;
    private final List<String> parameterTypes;
    private final List<String> parameterNames;

    Method(Model model, TypeElement owner, ExecutableElement element) {
      this.owner = owner;
      this.element = element;
      this.signature =
          (ExecutableType) model.types.asMemberOf((DeclaredType) owner.asType(), element);
      this.result = written(signature.getReturnType());
      this.parameterTypes = signature.getParameterTypes().stream().map(this::written).toList();
      this.parameterNames = new ParameterNames(owner(), name(), parameterTypes).names();
    }

    String owner() {
      return owner.getSimpleName().toString();
    }

    String name() {
      return element.getSimpleName().toString();
    }

    String signature() {
      return name() + "(" + String.join(", ", parameterTypes) + ")";
    }

    boolean isDeprecated() {
      return element.getAnnotation(Deprecated.class) != null;
    }

    boolean throwsSqlException() {
      return element.getThrownTypes().stream()
          .anyMatch(type -> simpleName((DeclaredType) type).equals("SQLException"));
    }

    boolean isVoid() {
      return result.equals("void");
    }

    boolean takes(Set<String> types) {
      return parameterTypes.stream().anyMatch(types::contains);
    }

    String declaration() {
      StringBuilder parameters = new StringBuilder();
      for (int i = 0; i < parameterTypes.size(); i++) {
        parameters.append(i == 0 ? "" : ", ");
        parameters.append(parameterTypes.get(i)).append(' ').append(parameterNames.get(i));
      }
      String typeParameters =
          element.getTypeParameters().stream()
              .map(
                  parameter -> {
                    String bound = written(parameter.getBounds().get(0));
                    return parameter + (bound.equals("Object") ? "" : " extends " + bound);
                  })
              .collect(Collectors.joining(", "));
      String thrown =
          element.getThrownTypes().stream().map(this::written).collect(Collectors.joining(", "));
      return (typeParameters.isEmpty() ? "" : "<" + typeParameters + "> ")
          + result
          + " "
          + name()
          + "("
          + parameters
          + ")"
          + (thrown.isEmpty() ? "" : " throws " + thrown);
    }

    /** The call on a delegate: arguments that may be wrappers unwrapped, a bound result wrapped. */
    String callOn(String target) {
      String call = target + "." + call();
      if (BOUND_TYPES.contains(result)) {
        return "wrapped(" + call + ")";
      }
      if (result.equals("T") && parameterTypes.contains("Class<T>") && name().equals("getObject")) {
        return "wrapped(" + call + ", " + parameterNames.get(parameterNames.size() - 1) + ")";
      }
      return call;
    }

    /** The method called with the arguments that the delegate was given. */
    String call() {
      List<String> arguments = new ArrayList<>();
      for (int i = 0; i < parameterTypes.size(); i++) {
        String name = parameterNames.get(i);
        boolean bound = BOUND_TYPES.contains(parameterTypes.get(i));
        arguments.add(bound ? "unwrapped(" + name + ")" : name);
      }
      return name() + "(" + String.join(", ", arguments) + ")";
    }

    private static String simpleName(DeclaredType type) {
      return type.asElement().getSimpleName().toString();
    }

    /** A type as source: annotations of its use are left out, what must be imported is noted. */
    private String written(TypeMirror type) {
      if (type.getKind().isPrimitive()) {
        return type.getKind().name().toLowerCase(Locale.ROOT);
      }
      if (type.getKind() == TypeKind.VOID) {
        return "void";
      }
      if (type instanceof ArrayType array) {
        return written(array.getComponentType()) + "[]";
      }
      if (type instanceof TypeVariable variable) {
        return variable.asElement().getSimpleName().toString();
      }
      if (type instanceof WildcardType wildcard) {
        TypeMirror bound = wildcard.getExtendsBound();
        return bound == null ? "?" : "? extends " + written(bound);
      }
      DeclaredType declared = (DeclaredType) type;
      imports.add(((TypeElement) declared.asElement()).getQualifiedName().toString());
      String arguments =
          declared.getTypeArguments().stream().map(this::written).collect(Collectors.joining(", "));
      return simpleName(declared) + (arguments.isEmpty() ? "" : "<" + arguments + ">");
    }
  }

  /** Names of parameters, which compiled interfaces do not keep. */
  private record ParameterNames(String owner, String method, List<String> types) {

    /** What {@code parameter-names.txt} says. */
    private static final Map<String, String> TABLE = new HashMap<>();

    static void read(Path file) throws IOException {
      for (String line : Files.readAllLines(file)) {
        if (!line.isBlank() && !line.startsWith("#")) {
          String[] entry = line.split(" = ");
          TABLE.put(entry[0], entry[1]);
        }
      }
    }

    List<String> names() {
      List<String> names = new ArrayList<>();
      String exact = method + "(" + String.join(", ", types) + ")";
      String known = TABLE.getOrDefault(exact, TABLE.get(method + "/" + types.size()));
      for (int i = 0; i < types.size(); i++) {
        String name = known == null ? guess(i) : known.split(", ")[i];
        names.add(name.equals("?") ? index() : name);
      }
      if (new HashSet<>(names).size() != names.size()) {
        throw new IllegalStateException("Parameters of one name: " + this + " " + names);
      }
      return names;
    }

    private String guess(int i) {
      boolean isSetter = method.startsWith("set") || method.startsWith("update");
      if (types.size() == 1 && isSetter) {
        return Character.toLowerCase(method.charAt(3)) + method.substring(4);
      }
      String type = types.get(i);
      if (i == 0) {
        return method.startsWith("execute") || method.equals("prepareStatement")
            ? "sql"
            : type.equals("int") || type.equals("String") ? index() : byType(type);
      }
      return i == 1 && isSetter ? "value" : byType(type);
    }

    /**
     * What an int or a String that comes first is, in an interface whose methods have many such.
     */
    private String index() {
      boolean byNumber = types.get(0).equals("int");
      return switch (owner) {
        case "ResultSet" -> byNumber ? "columnIndex" : "columnLabel";
        case "PreparedStatement" -> "parameterIndex";
        case "CallableStatement" -> byNumber ? "parameterIndex" : "parameterName";
        case "ResultSetMetaData", "PGResultSetMetaData" -> "column";
        case "ParameterMetaData" -> "parameter";
        case "DatabaseMetaData" -> "type";
        default -> "value";
      };
    }

    private String byType(String type) {
      boolean choosesKeys = method.startsWith("execute") || method.equals("prepareStatement");
      return switch (type) {
        case "Calendar" -> "calendar";
        case "Class<T>" -> "type";
        case "Executor" -> "executor";
        case "Map<String, Class<?>>" -> "typeMap";
        case "Savepoint" -> "savepoint";
        case "String[]" -> "columnNames";
        case "int" -> choosesKeys ? "autoGeneratedKeys" : "length";
        case "int[]" -> "columnIndexes";
        case "long" -> "length";
        default -> "value";
      };
    }
  }

  // ---------------------------------------------------------------------------------------------
  // What is written

  /**
   * How a method is forwarded.
   *
   * <p>No call that may have had an effect is ever made twice by a generated method. And since
   * {@code recover} returns only if there is another delegate by then, no call is made twice on the
   * same one: a loop over a dead delegate cannot be.
   */
  private enum Form {
    /** Made again on the delegate that there is after a recovery. */
    REPEATABLE,
    /** Made once: it has an effect that may have happened, or consumes an argument. */
    ONCE,
    /** As {@link #ONCE} if the value is a stream, else as {@link #REPEATABLE}. */
    ONCE_IF_STREAMED,
    /** Failures pass as they are: there is none to recover from, or nothing to recover for. */
    PLAIN,
    /** Not forwarded: the default method of the interface calls methods of this very object. */
    INHERITED,
    /** The driver asks the server for the answer, at least once: a call as any that has a text. */
    ASKED,
    /** As {@link #ASKED}, and kept by the driver from then on. */
    KEPT;

    /** Arguments that are consumed when they are sent. */
    private static final Set<String> CONSUMED =
        Set.of("InputStream", "Reader", "Blob", "Clob", "NClob");

    /**
     * Work on the object itself, or meant to break it off. {@code cancel} in particular comes from
     * another thread than the one whose business the recovery is.
     */
    private static final Set<String> LOCAL =
        Set.of("abort", "cancel", "cancelQuery", "close", "free", "isClosed");

    private static final Set<String> EFFECTS =
        Set.of(
            "Blob.setBinaryStream",
            "Blob.setBytes",
            "Blob.truncate",
            "Clob.setAsciiStream",
            "Clob.setCharacterStream",
            "Clob.setString",
            "Clob.truncate",
            "Connection.commit",
            "ResultSet.deleteRow",
            "ResultSet.insertRow",
            "ResultSet.updateRow");

    /** What pgjdbc asks for each time, beside the results. */
    private static final Set<String> ASKED_OF_METADATA = Set.of("getDefaultTransactionIsolation");

    /** What pgjdbc keeps once it has asked for it. */
    private static final Set<String> KEPT_BY_METADATA =
        Set.of(
            "getMaxCatalogNameLength",
            "getMaxColumnNameLength",
            "getMaxColumnsInIndex",
            "getMaxCursorNameLength",
            "getMaxProcedureNameLength",
            "getMaxSchemaNameLength",
            "getMaxTableNameLength",
            "getMaxUserNameLength",
            "getSQLKeywords");

    static Form of(Method method) {
      String qualified = method.owner() + "." + method.name();
      if (qualified.equals("PGConnection.alterUserPassword")) {
        return INHERITED;
      }
      if (!method.throwsSqlException() || LOCAL.contains(method.name())) {
        return PLAIN;
      }
      if (method.owner().equals("DatabaseMetaData")
          && (method.result.equals("ResultSet") || ASKED_OF_METADATA.contains(method.name()))) {
        return ASKED;
      }
      if (method.owner().equals("DatabaseMetaData") && KEPT_BY_METADATA.contains(method.name())) {
        return KEPT;
      }
      boolean executes =
          method.name().startsWith("execute") && method.owner().endsWith("Statement");
      if (executes || EFFECTS.contains(qualified) || method.takes(CONSUMED)) {
        return ONCE;
      }
      boolean isSetter = method.name().equals("setObject") || method.name().equals("updateObject");
      return isSetter ? ONCE_IF_STREAMED : REPEATABLE;
    }
  }

  /** A source file: its imports are known only once its methods are written. */
  private abstract static class SourceFile {

    private static final int LINE_LENGTH = 100;

    private final Set<String> imports = new TreeSet<>();
    private final StringBuilder body = new StringBuilder();

    final void line(String format, Object... arguments) {
      String line = arguments.length == 0 ? format : format.formatted(arguments);
      body.append(line.length() > LINE_LENGTH ? broken(line) : line).append('\n');
    }

    /** A line that is too long, broken where a reader would break it. */
    private static String broken(String line) {
      String indent = "\n" + " ".repeat(line.length() - line.stripLeading().length() + 4);
      if (line.contains("class ")) {
        return line.replace(" extends ", indent + "extends ")
            .replace(" implements ", indent + "implements ");
      }
      if (line.contains(" -> ")) {
        return line.replace(" -> ", " ->" + indent).replace(").", ")" + indent + "    .");
      }
      int parenthesis = line.indexOf('(', Math.max(line.indexOf("target."), 0)) + 1;
      String rest = line.substring(parenthesis).replace(") throws ", ")" + indent + "throws ");
      if (indent.length() + rest.lines().findFirst().orElse("").length() > LINE_LENGTH) {
        rest = rest.replace(", ", "," + indent);
      }
      return line.substring(0, parenthesis) + indent + rest;
    }

    final void imports(String qualifiedName) {
      imports.add(qualifiedName);
    }

    final void importsOf(Method method) {
      imports.addAll(method.imports);
    }

    /** Opens a method that overrides one of an interface. */
    final void open(Method method) {
      String declaration = method.declaration();
      importsOf(method);
      line("");
      line(method.isDeprecated() ? "  @Deprecated\n  @Override" : "  @Override");
      line("  public %s {", declaration);
    }

    final String source() {
      body.setLength(0);
      write();
      StringBuilder source = new StringBuilder();
      source.append("// Generated by driver/src/generator/java/ForwardingSources.java.\n");
      source.append("package ").append(PACKAGE).append(";\n\n");
      for (String imported : imports) {
        if (!imported.startsWith("java.lang.")) {
          source.append("import ").append(imported).append(";\n");
        }
      }
      return source.append('\n').append(body).toString();
    }

    abstract void write();
  }

  /** Writes one class that forwards. */
  private static final class ForwardingClass extends SourceFile {

    private final Model model;
    private final Specimen specimen;
    private final String type;

    ForwardingClass(Model model, Specimen specimen) {
      this.model = model;
      this.specimen = specimen;
      this.type = simple(specimen.type());
    }

    @Override
    void write() {
      imports(specimen.type());
      imports("org.jspecify.annotations.NullUnmarked");
      line("/**");
      line(" * Passes every call of %s on to its delegate.", type);
      line(" *");
      line(" * <p>Unmarked for nullness, since JDBC says in prose only what may be null.");
      line(" */");
      line("@NullUnmarked");
      line(
          "abstract class %s extends %s implements %s {",
          specimen.name(), specimen.parent(), interfaces());
      holdDelegate();
      List<Method> methods =
          specimen.level() == Level.DERIVED
              ? model.methodsAddedBy(specimen.type())
              : model.methodsOf(specimen.type());
      Set<String> written = new HashSet<>();
      for (Method method : methods) {
        if (!HAND_WRITTEN.contains(method.name()) && !LEFT_ABSTRACT.contains(method.result)) {
          forward(method, target(type));
          written.add(method.signature());
        }
      }
      if (!specimen.extension().isEmpty()) {
        for (Method method : model.methodsOf(specimen.extension())) {
          if (written.add(method.signature())) {
            forward(method, target(simple(specimen.extension())));
          }
        }
      }
      line("}");
    }

    private String interfaces() {
      if (specimen.extension().isEmpty()) {
        return type;
      }
      imports(specimen.extension());
      return type + ", " + simple(specimen.extension());
    }

    private void holdDelegate() {
      line("");
      switch (specimen.level()) {
        case CONNECTION, ROOT -> {
          boolean root = specimen.level() == Level.ROOT;
          line("  %s delegate;", type);
          line("");
          line(
              "  %s(%s%s delegate) {",
              specimen.name(), root ? "RoutedConnection connection, " : "", type);
          if (root) {
            line("    super(connection);");
          }
          line("    this.delegate = delegate;");
          line("  }");
          line("");
          line("  @Override");
          line("  final %s delegate() {", type);
          line("    return delegate;");
          line("  }");
          if (model.methodsOf(specimen.type()).stream().anyMatch(m -> Form.of(m) == Form.ASKED)) {
            asking();
          }
        }
        case DERIVED -> {
          if (recordsParameters()) {
            line("  /** What the application has bound. */");
            line("  final BoundParameters parameters = new BoundParameters();");
            line("");
          }
          line("  %s(%s) throws SQLException {", specimen.name(), specimen.constructor());
          line("    super(%s);", specimen.constructorArguments());
          line("  }");
          line("");
          line("  /** The delegate, as the %s that it is. */", type);
          line("  %s %s {", type, accessor());
          line("    return (%s) delegate;", type);
          line("  }");
        }
      }
    }

    private void asking() {
      imports(PACKAGE.replace(".jdbc", ".engine.Execution"));
      line("");
      line("  /** Makes a call by which the driver may ask the server. */");
      line("  abstract <R> R answer(Execution<%s, R> call) throws SQLException;", type);
      line("");
      line("  /** As {@link #answer}; the driver keeps what it was told. */");
      line("  abstract <R> R kept(String name, Execution<%s, R> call) throws SQLException;", type);
      line("");
      line("  /** Makes a call that returns a result of the server. */");
      line("  abstract ResultSet rows(Execution<%s, ResultSet> call) throws SQLException;", type);
    }

    private boolean recordsParameters() {
      return type.equals("PreparedStatement");
    }

    private String accessor() {
      return type.replace("Statement", "").toLowerCase(Locale.ROOT) + "()";
    }

    /** The local variable that a call is made on: its type and its value. */
    private Map.Entry<String, String> target(String declaredType) {
      if (specimen.level() == Level.DERIVED) {
        return Map.entry(type, accessor());
      }
      boolean extended = !declaredType.equals(type);
      return Map.entry(declaredType, extended ? "(" + declaredType + ") delegate" : "delegate");
    }

    private void forward(Method method, Map.Entry<String, String> target) {
      Form form = Form.of(method);
      boolean records = SettersClass.records(method);
      boolean clears = recordsParameters() && method.signature().equals("clearParameters()");
      open(method);
      switch (form) {
        case INHERITED -> line("    %s;", call(method, method.owner() + ".super"));
        case PLAIN -> {
          boolean cast = target.getValue().startsWith("(");
          line("    %s;", call(method, cast ? "(" + target.getValue() + ")" : target.getValue()));
        }
        case ASKED -> {
          boolean isResult = BOUND_TYPES.contains(method.result);
          line("    return %s(asked -> asked.%s);", isResult ? "rows" : "answer", method.call());
        }
        case KEPT ->
            line("    return kept(\"%s\", asked -> asked.%s);", method.name(), method.call());
        case ONCE -> {
          line("    try {");
          if (records) {
            // The driver reads most streams at once: a later connection could not be given them.
            line("      bindHere();");
          }
          line("      %s;", call(method, target.getValue()));
          record(method, records, false, "      ");
          line("    } catch (SQLException failure) {");
          line("      throw unrepeated(failure);");
          line("    }");
        }
        case REPEATABLE, ONCE_IF_STREAMED -> {
          line("    for (; ; ) {");
          line("      %s target = %s;", target.getKey(), target.getValue());
          line("      try {");
          line("        %s;", call(method, "target"));
          record(method, records, clears, "        ");
          if (method.isVoid()) {
            line("        return;");
          }
          line("      } catch (SQLException failure) {");
          if (form == Form.ONCE_IF_STREAMED) {
            line("        if (BoundParameters.isStreamed(value)) {");
            line("          throw unrepeated(failure);");
            line("        }");
          }
          line("        recover(target, failure);");
          line("      }");
          line("    }");
        }
      }
      line("  }");
    }

    private void record(Method method, boolean records, boolean clears, String indent) {
      if (records) {
        line("%sparameters.%s;", indent, method.call());
      } else if (clears) {
        line("%sparameters.clear();", indent);
      }
    }

    private static String call(Method method, String target) {
      return (method.isVoid() ? "" : "return ") + method.callOn(target);
    }
  }

  /** Writes the result set that is told of each value that the application is told. */
  private static final class TellingClass extends SourceFile {

    private static final Set<String> COLUMNS = Set.of("int", "String");

    private final Model model;

    TellingClass(Model model) {
      this.model = model;
    }

    private static boolean tells(Method method) {
      return method.name().startsWith("get")
          && !method.parameterTypes.isEmpty()
          && COLUMNS.contains(method.parameterTypes.get(0));
    }

    @Override
    void write() {
      imports("java.sql.ResultSet");
      imports("java.sql.SQLException");
      imports("org.jspecify.annotations.NullUnmarked");
      line("/** A result set that learns of which columns the application is told values. */");
      line("@NullUnmarked");
      line("abstract class TellingResultSet extends RoutedResultSet {");
      line("");
      line("  TellingResultSet(");
      line("      RoutedConnection connection, ResultSet delegate, RoutedStatement statement) {");
      line("    super(connection, delegate, statement);");
      line("  }");
      line("");
      line("  /** As the same of its number. */");
      line("  abstract void tells(String columnLabel) throws SQLException;");
      for (Method method : model.methodsOf("java.sql.ResultSet")) {
        if (tells(method)) {
          open(method);
          line("    tells(%s);", method.parameterNames.get(0));
          line("    return super.%s(%s);", method.name(), String.join(", ", method.parameterNames));
          line("  }");
        }
      }
      line("}");
    }
  }

  /** Writes what stands in for an object that the application has freed. */
  private static final class FreedClass extends SourceFile {

    private final Model model;
    private final String name;
    private final String type;

    FreedClass(Model model, String name, String type) {
      this.model = model;
      this.name = name;
      this.type = type;
    }

    @Override
    void write() {
      imports("java.sql." + type);
      line(
          "/** Stands in for an object that the application has freed: every other call says so. */");
      line("final class %s implements %s {", name, type);
      line("");
      line("  static final %s INSTANCE = new %s();", name, name);
      line("");
      line("  private %s() {}", name);
      line("");
      line("  private static SQLException freed() {");
      String message = "This " + type + " object has already been freed.";
      line("    return new SQLException(\"%s\", \"55000\");", message);
      line("  }");
      for (Method method : model.methodsOf("java.sql." + type)) {
        open(method);
        line(
            method.name().equals("free")
                ? "    // Freeing again does nothing."
                : "    throw freed();");
        line("  }");
      }
      line("}");
    }
  }

  /** Writes the class that records the parameters of a PreparedStatement, and binds them again. */
  private static final class SettersClass extends SourceFile {

    private final Model model;

    SettersClass(Model model) {
      this.model = model;
    }

    /** Whether a method binds a parameter, or says that one is an output. */
    static boolean records(Method method) {
      String name = method.name();
      return method.parameterTypes.size() > 1
          && method.parameterTypes.get(0).equals("int")
          && ((method.owner().equals("PreparedStatement") && name.startsWith("set"))
              || (method.owner().equals("CallableStatement")
                  && name.equals("registerOutParameter")));
    }

    private List<Method> recorded(String type) {
      return model.methodsAddedBy(type).stream().filter(SettersClass::records).toList();
    }

    @Override
    void write() {
      List<Method> setters = recorded("java.sql.PreparedStatement");
      List<Method> registrations = recorded("java.sql.CallableStatement");
      imports("io.baton.jdbc.pgjdbc.PgValues");
      imports("java.sql.CallableStatement");
      imports("java.sql.PreparedStatement");
      imports("java.sql.SQLException");
      imports("org.jspecify.annotations.NullUnmarked");
      line("/**");
      line(
          " * The setters of PreparedStatement, and the registrations of outputs of CallableStatement, as");
      line(" * records: which was called, and with what.");
      line(" *");
      line(
          " * <p>Primitive values and lengths are packed into the bits of a long, so that taking a call");
      line(" * down allocates nothing.");
      line(" */");
      line("@NullUnmarked");
      line("abstract class ParameterSetters {");
      line("");
      line("  /** No setter was called. */");
      line("  static final byte UNBOUND = 0;");
      line("");
      line("  /** Registrations of outputs have this number and higher ones. */");
      line("  static final byte FIRST_REGISTRATION = %d;", setters.size() + 1);
      line("");
      line("  /** Records a setter whose arguments fit into the bits of a long. */");
      line("  abstract void record(int parameterIndex, byte setter, long bits);");
      line("");
      line("  /** Records any other setter. */");
      line("  abstract void record(");
      line("      int parameterIndex, byte setter, long bits, Object value, Object detail);");
      List<Method> methods = new ArrayList<>(setters);
      methods.addAll(registrations);
      for (int i = 0; i < methods.size(); i++) {
        setter(methods.get(i), i + 1);
      }
      line("");
      line("  /** Calls a setter again, as it was recorded. */");
      line("  @SuppressWarnings(\"deprecation\")");
      line("  static void bind(");
      line("      PreparedStatement target,");
      line("      int parameterIndex,");
      line("      byte setter,");
      line("      long bits,");
      line("      Object value,");
      line("      Object detail)");
      line("      throws SQLException {");
      line("    switch (setter) {");
      for (int i = 0; i < methods.size(); i++) {
        boolean registers = i >= setters.size();
        String target = registers ? "((CallableStatement) target)" : "target";
        line("      case %d -> %s.%s;", i + 1, target, new Packing(methods.get(i)).call());
      }
      line("      default -> throw new IllegalArgumentException(\"No setter \" + setter);");
      line("    }");
      line("  }");
      texts(setters);
      line("}");
    }

    /** Values whose text says all: numbers, truth values and strings. */
    private void texts(List<Method> setters) {
      line("");
      line(
          "  /** The value that a setter bound, as the server's text of it; null if it has none. */");
      line("  static String text(byte setter, long bits, Object value) {");
      line("    return switch (setter) {");
      for (int i = 0; i < setters.size(); i++) {
        Method setter = setters.get(i);
        if (setter.parameterTypes.size() == 2) {
          switch (setter.parameterTypes.get(1)) {
            case "boolean" -> line("      case %d -> bits != 0L ? \"true\" : \"false\";", i + 1);
            case "byte", "short", "long" -> line("      case %d -> Long.toString(bits);", i + 1);
            case "int" -> {
              if (setter.name().equals("setInt")) {
                line("      case %d -> Long.toString(bits);", i + 1);
              }
            }
            case "String" -> line("      case %d -> (String) value;", i + 1);
            default -> {}
          }
        }
      }
      line("      default -> null;");
      line("    };");
      line("  }");
    }

    private void setter(Method method, int number) {
      Packing packing = new Packing(method);
      String declaration = method.declaration().replaceFirst(" throws .*", "");
      importsOf(method);
      line("");
      if (method.isDeprecated()) {
        line("  @Deprecated");
      }
      line("  final %s {", declaration);
      if (packing.value.isEmpty()) {
        line("    record(parameterIndex, (byte) %d, %s);", number, packing.bits);
      } else {
        line(
            "    record(parameterIndex, (byte) %d, %s, %s, %s);",
            number,
            packing.bits,
            packing.value,
            packing.detail.isEmpty() ? "null" : packing.detail);
      }
      line("  }");
    }
  }

  /** How the arguments of a setter, behind the parameter's number, are packed and unpacked. */
  private static final class Packing {

    /** Values that the application can change after it has bound them. */
    private static final Set<String> CHANGEABLE =
        Set.of("Date", "Object", "Time", "Timestamp", "byte[]");

    private final Method method;
    private final List<String> arguments = new ArrayList<>();
    private String bits = "0L";
    private String value = "";
    private String detail = "";
    private int primitives;

    Packing(Method method) {
      this.method = method;
      arguments.add("parameterIndex");
      for (int i = 1; i < method.parameterTypes.size(); i++) {
        pack(method.parameterTypes.get(i), method.parameterNames.get(i));
      }
    }

    /** The call that is made when it is unpacked. */
    String call() {
      return method.name() + "(" + String.join(", ", arguments) + ")";
    }

    private void pack(String type, String name) {
      switch (type) {
        case "boolean" -> primitive(name + " ? 1L : 0L", "bits != 0L");
        case "byte", "short" -> primitive(name, "(" + type + ") bits");
        case "long" -> primitive(name, "bits");
        case "float" ->
            primitive("Float.floatToRawIntBits(" + name + ")", "Float.intBitsToFloat((int) bits)");
        case "double" ->
            primitive("Double.doubleToRawLongBits(" + name + ")", "Double.longBitsToDouble(bits)");
        case "int" -> {
          if (primitives == 0) {
            primitive(name, "(int) bits");
          } else {
            // Two of them: the second goes into the upper half.
            bits = "(" + bits + " & 0xFFFFFFFFL) | ((long) " + name + " << 32)";
            arguments.add("(int) (bits >> 32)");
            primitives++;
          }
        }
        default -> {
          String source = value.isEmpty() ? "value" : "detail";
          arguments.add(type.equals("Object") ? source : "(" + type + ") " + source);
          if (value.isEmpty()) {
            value = CHANGEABLE.contains(type) ? "PgValues.copyOf(" + name + ")" : name;
          } else if (detail.isEmpty()) {
            detail = name;
          } else {
            throw new IllegalStateException("Too many objects: " + method.signature());
          }
        }
      }
    }

    private void primitive(String packed, String unpacked) {
      if (primitives++ > 0) {
        throw new IllegalStateException("Too many primitives: " + method.signature());
      }
      bits = packed;
      arguments.add(unpacked);
    }
  }

  private static String simple(String qualifiedName) {
    return qualifiedName.substring(qualifiedName.lastIndexOf('.') + 1);
  }
}
