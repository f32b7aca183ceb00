package io.baton.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.catalogue.SessionReach;
import io.baton.session.sql.FunctionBody;
import java.util.List;
import org.junit.jupiter.api.Test;

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
