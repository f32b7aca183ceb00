package io.baton;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.GeneralCodingRules;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.PGProperty;
import org.postgresql.PGRefCursorResultSet;
import org.postgresql.PGResultSetMetaData;
import org.postgresql.PGStatement;
import org.postgresql.ds.common.BaseDataSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/** The shape of the house: which part may know which, and what no part does. */
class ArchitectureTest {

  private static final String SESSION = "io.baton.session..";
  private static final String ROUTING = "io.baton.routing..";
  private static final String FAILOVER = "io.baton.failover..";
  private static final String DRIVER = "io.baton.jdbc..";
  private static final String ENGINE = "io.baton.engine";
  private static final String COMMANDS = "io.baton.cli";
  private static final String PUBLIC = "io.baton";
  private static final String PGJDBC = "io.baton.jdbc.pgjdbc..";
  private static final String INTEGRATION = "io.baton.integration..";
  private static final String TESTKIT = "io.baton.testkit..";

  private static final Pattern OF_PGJDBC = Pattern.compile("org\\.postgresql\\.[\\w.]+");

  private static final JavaClasses ALL =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.baton");

  private static final JavaClasses SHIPPED =
      ALL.that(are(resideOutsideOfPackages(TESTKIT)).as("are shipped with the driver"));

  /**
   * A rule over classes that are not there would hold: so this says how many there are at least.
   */
  @Test
  void classes_ofEveryPart_areSeenByTheRules() {
    Map<String, Integer> atLeast =
        Map.of(SESSION, 20, ROUTING, 1, FAILOVER, 1, DRIVER, 60, ENGINE, 40, PUBLIC, 7);
    Map<String, Integer> seen = new TreeMap<>();
    atLeast.forEach((part, number) -> seen.put(part, ALL.that(resideInAPackage(part)).size()));

    assertThat(seen)
        .allSatisfy((part, number) -> assertThat(number).isGreaterThanOrEqualTo(atLeast.get(part)));
    assertThat(ALL)
        .as("a generated class is among them, and no class of a test")
        .anyMatch(type -> type.getSimpleName().equals("DelegatingResultSet"))
        .noneMatch(type -> type.isEquivalentTo(ArchitectureTest.class));
  }

  @Test
  void modules_restOnTheOnesBelow_andNothingLooksUp() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("session")
        .definedBy(SESSION)
        .optionalLayer("routing")
        .definedBy(ROUTING)
        .optionalLayer("failover")
        .definedBy(FAILOVER)
        .layer("driver")
        .definedBy(PUBLIC, DRIVER, ENGINE, COMMANDS)
        .layer("testkit")
        .definedBy(TESTKIT)
        .whereLayer("driver")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("failover")
        .mayOnlyBeAccessedByLayers("driver")
        .whereLayer("routing")
        .mayOnlyBeAccessedByLayers("failover", "driver")
        .whereLayer("session")
        .mayOnlyBeAccessedByLayers("routing", "failover", "driver")
        .whereLayer("testkit")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("testkit")
        .mayNotAccessAnyLayer()
        .check(ALL);
  }

  /**
   * The public package is left out: it is the way in, and so on top, but what all speak of when
   * they talk to the application (its exceptions, its connection) is there too, below.
   */
  @Test
  void packages_butThePublicOne_haveNoCycles() {
    slices()
        .assignedFrom(
            new SliceAssignment() {
              @Override
              public SliceIdentifier getIdentifierOf(JavaClass type) {
                String name = type.getPackageName();
                return name.equals(PUBLIC) || !name.startsWith("io.baton")
                    ? SliceIdentifier.ignore()
                    : SliceIdentifier.of(name);
              }

              @Override
              public String getDescription() {
                return "packages of Baton";
              }
            })
        .should()
        .beFreeOfCycles()
        .check(ALL);
  }

  /** The engine sees what the application holds as targets, and knows no class of the face. */
  @Test
  void engine_knowsNoClassOfTheFace() {
    noClasses()
        .that()
        .resideInAPackage(ENGINE)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.baton.jdbc")
        .check(ALL);
    noClasses()
        .that()
        .resideInAPackage("io.baton.jdbc")
        .and()
        .doNotHaveSimpleName("ConnectionFactory")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(ROUTING, FAILOVER)
        .check(ALL);
  }

  @Test
  void classesOfTheEngine_haveNoCycles() {
    slices()
        .assignedFrom(
            new SliceAssignment() {
              @Override
              public SliceIdentifier getIdentifierOf(JavaClass type) {
                if (!type.getPackageName().equals(ENGINE)) {
                  return SliceIdentifier.ignore();
                }
                JavaClass outermost = type;
                while (outermost.getEnclosingClass().isPresent()) {
                  outermost = outermost.getEnclosingClass().get();
                }
                return SliceIdentifier.of(outermost.getName());
              }

              @Override
              public String getDescription() {
                return "classes of the engine";
              }
            })
        .should()
        .beFreeOfCycles()
        .check(ALL);
  }

  /**
   * Only {@code io.baton.jdbc.pgjdbc} knows the PostgreSQL driver. All others name at most the
   * interfaces that applications cast to, and the types of their parameters and results, since what
   * the application holds must implement them. The data source is one of that driver's, too: it
   * takes the place of its own, with the same bean properties.
   */
  @Test
  void pgjdbc_isKnownToOnePackage_andToOthersByTheInterfacesThatApplicationsCastTo() {
    Set<String> forApplications =
        Stream.of(
                PGConnection.class,
                PGStatement.class,
                PGRefCursorResultSet.class,
                PGResultSetMetaData.class)
            .flatMap(ArchitectureTest::typesOfPgjdbcNamedBy)
            .collect(Collectors.toSet());
    assertThat(forApplications).contains("org.postgresql.copy.CopyManager").hasSizeLessThan(20);

    noClasses()
        .that()
        .resideOutsideOfPackages(PGJDBC, TESTKIT)
        .and()
        .haveSimpleNameNotStartingWith("BatonDataSource")
        .and()
        .doNotHaveSimpleName("LimitReachedException")
        .and()
        .doNotHaveSimpleName("OutcomeUnknownException")
        .should()
        .dependOnClassesThat(areOfPgjdbcBut(forApplications))
        .check(ALL);
    noClasses()
        .that()
        .haveSimpleName("LimitReachedException")
        .or()
        .haveSimpleName("OutcomeUnknownException")
        .should()
        .dependOnClassesThat(
            areOfPgjdbcBut(Set.of(PSQLException.class.getName(), PSQLState.class.getName())))
        .check(ALL);
    noClasses()
        .that()
        .haveSimpleNameStartingWith("BatonDataSource")
        .should()
        .dependOnClassesThat(
            areOfPgjdbcBut(Set.of(PGProperty.class.getName(), BaseDataSource.class.getName())))
        .check(ALL);
    noClasses()
        .that()
        .resideInAnyPackage(SESSION, ROUTING, FAILOVER)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.postgresql..")
        .check(ALL);
  }

  private static DescribedPredicate<JavaClass> areOfPgjdbcBut(Set<String> allowed) {
    return resideInAPackage("org.postgresql..")
        .and(
            DescribedPredicate.describe(
                "are not among the few allowed",
                type -> !allowed.contains(type.getBaseComponentType().getName())));
  }

  /** The interface itself, and what its methods take and return. */
  private static Stream<String> typesOfPgjdbcNamedBy(Class<?> type) {
    Stream<String> signatures = Arrays.stream(type.getMethods()).map(Method::toGenericString);
    return Stream.concat(Stream.of(type.getName()), signatures)
        .flatMap(text -> OF_PGJDBC.matcher(text).results())
        .map(MatchResult::group)
        // The name of the method itself is that of its class and its own.
        .filter(name -> !name.startsWith(type.getName() + "."));
  }

  /** They are loaded by their frameworks, and the driver does not know whether these are there. */
  @Test
  void classesForFrameworks_areKnownToNobody_andKnowTheirFrameworkOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackage(INTEGRATION)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(INTEGRATION, "org.flywaydb..", "liquibase..", "org.springframework..")
        .check(SHIPPED);
    noClasses()
        .that()
        .resideInAPackage(INTEGRATION)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(PUBLIC, DRIVER, ENGINE, SESSION, ROUTING, FAILOVER)
        .check(SHIPPED);
  }

  /** The types of a public method are those of Java, of pgjdbc's public interfaces, and public. */
  @Test
  void publicMethods_ofThePublicPackage_nameNoInternalType() {
    methods()
        .that()
        .arePublic()
        .and()
        .areDeclaredInClassesThat(
            resideInAPackage(PUBLIC)
                .and(DescribedPredicate.describe("are public", ArchitectureTest::isPublic)))
        .should(
            new ArchCondition<JavaMethod>("name no internal type") {
              @Override
              public void check(JavaMethod method, ConditionEvents events) {
                Stream.concat(
                        Stream.of(method.getRawReturnType()),
                        method.getRawParameterTypes().stream())
                    .filter(
                        resideInAnyPackage(SESSION, ROUTING, FAILOVER, DRIVER, ENGINE, COMMANDS))
                    .forEach(
                        type ->
                            events.add(
                                SimpleConditionEvent.violated(
                                    method, method.getFullName() + " names " + type.getName())));
              }
            })
        .check(SHIPPED);
  }

  private static boolean isPublic(JavaClass type) {
    return type.getModifiers().contains(JavaModifier.PUBLIC);
  }

  @Test
  void packages_sayWhatMayBeNull() {
    classes()
        .should(
            new ArchCondition<JavaClass>("be in a package that is @NullMarked") {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
                  events.add(
                      SimpleConditionEvent.violated(
                          type, type.getName() + " is in a package without @NullMarked"));
                }
              }
            })
        .check(ALL);
  }

  @Test
  void exceptions_areSpecific() {
    GeneralCodingRules.NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS.check(ALL);
  }

  @Test
  void output_goesToTheLog() {
    GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(
        ALL.that(are(resideOutsideOfPackages(COMMANDS).as("are not of the command line"))));
    noClasses()
        .should()
        .callMethodWhere(
            DescribedPredicate.describe(
                "a method of java.util.logging is called",
                call -> call.getTargetOwner().getPackageName().equals("java.util.logging")))
        .check(ALL);
  }

  /** A virtual thread that waits in one would hold its carrier, on JDKs before 24. */
  @Test
  void methods_ofTheDriver_areNotSynchronized() {
    methods().should().notHaveModifier(JavaModifier.SYNCHRONIZED).check(SHIPPED);
  }

  @Test
  void staticState_neverChanges() {
    fields().that().areStatic().should().beFinal().check(ALL);
  }

  @Test
  void names_sayWhatAClassIs() {
    noClasses()
        .should()
        .haveSimpleNameEndingWith("Manager")
        .orShould()
        .haveSimpleNameEndingWith("Helper")
        .orShould()
        .haveSimpleNameEndingWith("Util")
        .orShould()
        .haveSimpleNameEndingWith("Utils")
        .orShould()
        .haveSimpleNameEndingWith("Impl")
        .check(ALL);
  }
}
