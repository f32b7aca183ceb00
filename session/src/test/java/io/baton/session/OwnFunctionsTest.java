package io.baton.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.catalogue.SessionReach;
import io.baton.session.sql.FunctionBody;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What functions may do that a session has defined itself, by their texts. */
class OwnFunctionsTest {

  private final FunctionCatalogue catalogue = new FunctionCatalogue();

  private static FunctionBody setting(String name) {
    return FunctionBody.ofDefinition(
        "create function f() returns text language plpgsql as"
            + " 'begin return set_config(''"
            + name
            + "'', ''1'', false); end'");
  }

  private static FunctionBody calling(String function) {
    return FunctionBody.ofDefinition(
        "create function f() returns text language sql as 'select " + function + "()'");
  }

  private SessionReach reach(OwnFunctions functions, String... called) {
    return functions.calledBy(List.of(called)).reach(catalogue);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "f() returns int language sql set search_path = public as $$select 1$$         | false",
        "f() returns int security definer set work_mem to default language sql as $$select 1$$ | false",
        "f(x int default 1, y text = 'a') returns int language sql as $$select 1$$     | false",
        "f(x numeric(10,2) default null) returns int language sql as $$select 1$$      | false",
        "f(x int default g()) returns int language sql as $$select 1$$                 | true",
        "f(x int default 1 + 1) returns int language sql as $$select 1$$               | true",
        "f(x int = 1 # 2) returns int language sql as $$select 1$$                     | true",
        "f(x int default - 1) returns int language sql as $$select 1$$                 | true",
        "f(x text default 'a'::own) returns int language sql as $$select 1$$           | true",
        "f() returns int return 1 # 2                                                | true",
        "f                                                                           | true",
      })
  void definition_whoseDefaultsAreConstants_isJudgedByItsBody(
      String definition, boolean mayDoAnything) {
    FunctionBody body = FunctionBody.ofDefinition("create function " + definition);

    assertThat(body.equals(FunctionBody.ANYTHING)).isEqualTo(mayDoAnything);
  }

  @Test
  void functionsThatAreNotCalled_doNothing() {
    OwnFunctions functions = OwnFunctions.NONE.with("sets", setting("app.a"));

    assertThat(functions.calledBy(List.of("other")).isNone()).isTrue();
    assertThat(reach(OwnFunctions.NONE, "sets").isNone()).isTrue();
  }

  @Test
  void eachDefinitionOfAName_andWhatTheyCall_counts() {
    OwnFunctions functions =
        OwnFunctions.NONE
            .with("one", setting("app.a"))
            .with("one", calling("two"))
            .with("two", calling("three"))
            .with("three", setting("app.b"));

    assertThat(reach(functions, "one").settings()).contains("app.a", "app.b");
    assertThat(reach(functions, "two").settings()).contains("app.b").doesNotContain("app.a");
  }

  @Test
  void functionsThatCallEachOther_areLookedIntoOnce() {
    OwnFunctions functions =
        OwnFunctions.NONE
            .with("one", calling("two"))
            .with("two", calling("one"))
            .with("two", setting("app.a"));

    assertThat(reach(functions, "one").settings()).contains("app.a");
  }

  @Test
  void moreThanAreKept_mayDoAnything_byWhateverName() {
    OwnFunctions functions = OwnFunctions.NONE;
    for (int i = 0; i < 100; i++) {
      functions = functions.with("f" + i, setting("app.a"));
    }
    assertThat(functions.calledBy(List.of("unheardOf")).isNone()).isTrue();

    functions = functions.with("f7", setting("app.b"));

    assertThat(functions.calledBy(List.of("unheardOf")).isNone()).isFalse();
    assertThat(reach(functions, "unheardOf").unnamedSettings()).isTrue();
    assertThat(functions.calledBy(List.of()).isNone()).isTrue();
  }
}
