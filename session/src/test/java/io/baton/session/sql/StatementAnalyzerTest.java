package io.baton.session.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatementAnalyzerTest {

  private final StatementAnalyzer analyzer = new StatementAnalyzer();

  private AnalysedStatement single(String sql) {
    List<AnalysedStatement> statements = analyzer.analyze(sql).statements();
    assertThat(statements).as(sql).hasSize(1);
    return statements.get(0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "select 1 | SELECT | true",
        "(select 1) union (select 2) | SELECT | true",
        "values (1), (2) | VALUES | true",
        "table t | TABLE | true",
        "with x as (select 1) select * from x | SELECT | true",
        "with x as (insert into t values (1) returning *) select * from x | SELECT | false",
        "with x as (select 1) insert into t select * from x | INSERT | false",
        "with x as (select 1) update t set a = 1 | UPDATE | false",
        "select * from t for update | SELECT | false",
        "select * from t for no key update skip locked | SELECT | false",
        "select * from t for share of t | SELECT | false",
        "select substring('abc' from 1 for 2) | SELECT | true",
        "select * into temp x from t | SELECT_INTO | false",
        "select a -- for update | SELECT | true",
        "select 'for update' | SELECT | true",
        "select $$for update$$ | SELECT | true",
        "select \"for\" from t | SELECT | true",
        "select /* /* for update */ for update */ 1 | SELECT | true",
        "explain select 1 | EXPLAIN | true",
        "explain insert into t values (1) | EXPLAIN | true",
        "explain analyze insert into t values (1) | EXPLAIN | false",
        "explain (analyze, buffers) delete from t | EXPLAIN | false",
        "explain (costs off) select 1 | EXPLAIN | true",
        "explain (costs off, format 'json') delete from t | EXPLAIN | true",
        "explain (\"analyze\") insert into t values (1) | EXPLAIN | false",
        "explain (U&\"\\0061nalyze\") insert into t values (1) | EXPLAIN | false",
        "explain (U&\"!0061nalyze\" uescape '!', costs off) delete from t | EXPLAIN | false",
        "explain (analyze false) delete from t | EXPLAIN | false",
        "explain (analyze off, \"analyze\" on) delete from t | EXPLAIN | false",
        "explain (verbose, something) delete from t | EXPLAIN | false",
        "explain (something) select 1 | EXPLAIN | true",
        "explain (select 1) union (select 2) | EXPLAIN | true",
        "explain analyze explain select 1 | UNKNOWN | false",
        "show search_path | SHOW | true",
        "insert into t values (?) returning id | INSERT | false",
        "merge into t using s on t.a = s.a when matched then delete | MERGE | false",
        "copy t from stdin | COPY_IN | false",
        "copy (select 1) to stdout | COPY_OUT | false",
        "{call f(?)} | CALL | false",
        "{?= call f(?)} | CALL | false",
        "do $$begin end$$ | DO | false",
        "create table t (a int) | DEFINITION | false",
        "vacuum t | MAINTENANCE | false",
        "refresh materialized view v | MAINTENANCE | false",
        "nonsense here | UNKNOWN | false",
        "fetch 10 from c | FETCH | false",
        "lock t | LOCK | false",
        "begin isolation level serializable read only | BEGIN | false",
        "start transaction | BEGIN | false",
        "end | COMMIT | false",
        "abort | ROLLBACK | false",
        "rollback to savepoint a | ROLLBACK_TO | false",
        "prepare transaction 'x' | PREPARE_TRANSACTION | false",
        "commit prepared 'x' | FINISH_PREPARED | false",
        "set role none | SET_ROLE | false",
        "reset role | SET_ROLE | false",
        "set transaction isolation level serializable | SET_TRANSACTION | false",
        "set constraints all deferred | SET_CONSTRAINTS | false",
      })
  void statement_ofEachCommand_isRecognised(String sql, CommandKind kind, boolean read) {
    AnalysedStatement statement = single(sql);
    assertThat(statement.kind()).as(sql).isEqualTo(kind);
    assertThat(statement.readCandidate()).as(sql).isEqualTo(read);
  }

  @Test
  void explain_thatMayRunItsStatement_hasItsEffects() {
    assertThat(single("explain (\"analyze\") select set_config('a.b', 'c', false)").effects())
        .isEqualTo(single("select set_config('a.b', 'c', false)").effects());
  }

  @Test
  void statement_thatNamesTooMuch_isNotRecognised() {
    StringBuilder text = new StringBuilder("select c");
    for (int i = 0; i < 11_000; i++) {
      text.append(", c").append(i);
    }
    AnalysedStatement statement = single(text.toString());
    assertThat(statement.kind()).isEqualTo(CommandKind.UNKNOWN);
    assertThat(statement.effects()).containsExactly(new Effect.RunHiddenCode());
    assertThat(statement.relations()).isEmpty();
  }

  @Test
  void text_ofVeryManyStatements_endsInOneThatIsNotRecognised() {
    List<AnalysedStatement> statements = analyzer.analyze("select 1;".repeat(30_000)).statements();
    assertThat(statements).hasSizeLessThan(30_000);
    assertThat(statements.get(0).kind()).isEqualTo(CommandKind.SELECT);
    assertThat(statements.get(statements.size() - 1).kind()).isEqualTo(CommandKind.UNKNOWN);
  }

  @Test
  void set_inItsForms_namesSettingValueAndScope() {
    assertThat(single("SET work_mem = '64MB'").effects())
        .containsExactly(new Effect.SetSetting("work_mem", new Argument.Text("64MB"), false));
    assertThat(single("set local app.tenant to 'a''b'").effects())
        .containsExactly(new Effect.SetSetting("app.tenant", new Argument.Text("a'b"), true));
    assertThat(single("set search_path to \"A\", public").effects())
        .containsExactly(
            new Effect.SetSetting("search_path", new Argument.Text("\"A\", public"), false));
    assertThat(single("reset work_mem").effects())
        .containsExactly(new Effect.SetSetting("work_mem", Argument.NULL, false));
    assertThat(single("set time zone 'UTC'").effects())
        .containsExactly(new Effect.SetSetting("timezone", new Argument.Text("UTC"), false));
    assertThat(single("reset all").effects()).containsExactly(new Effect.ResetAll());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select exists (select set_config('a.b', 'v', false))",
        "select 1, (select set_config('a.b', 'v', false))",
        "declare c cursor for select set_config('a.b', 'v', false)",
        "update t set a = set_config('a.b', 'v', false)",
        "merge into t using s on true when matched then update set a = set_config('a.b', 'v', false)",
        "insert into t values (1) on conflict (a) do update set a = set_config('a.b', 'v', false)"
      })
  void setConfig_thatMayNotRun_isNotCertain(String sql) {
    assertThat(single(sql).effects())
        .filteredOn(Effect.CallSetConfig.class::isInstance)
        .singleElement()
        .isEqualTo(
            new Effect.CallSetConfig(
                new Argument.Text("a.b"),
                new Argument.Text("v"),
                new Argument.Text("false"),
                false));
  }

  @Test
  void setConfig_withConstantsAndParameters_showsWhichIsWhich() {
    assertThat(single("select set_config('app.x', ?, false)").effects())
        .containsExactly(
            new Effect.CallSetConfig(
                new Argument.Text("app.x"),
                new Argument.Parameter(1),
                new Argument.Text("false"),
                true));
    assertThat(single("select ?, pg_catalog.set_config(?, $$v$$, true) from t").effects())
        .containsExactly(
            new Effect.CallSetConfig(
                new Argument.Parameter(2),
                new Argument.Text("v"),
                new Argument.Text("true"),
                false));
  }

  @Test
  void text_ofSeveralStatements_isCutAtSemicolonsOutsideOfBodiesAndParentheses() {
    assertThat(kinds("select ';'; begin;; commit")).isEqualTo("SELECT BEGIN COMMIT");
    assertThat(
            kinds(
                "create function f() returns int begin atomic select case when true then 1 end;"
                    + " select 2; end; select 3"))
        .isEqualTo("DEFINITION SELECT");
    assertThat(kinds("create rule r as on insert to t do (select 1; select 2); select 3"))
        .isEqualTo("DEFINITION SELECT");
    assertThat(kinds("create function f() as $$ a; b; $$ language sql")).isEqualTo("DEFINITION");
    assertThat(kinds(" ; -- nothing\n ;")).isEmpty();
  }

  private String kinds(String sql) {
    return analyzer.analyze(sql).statements().stream()
        .map(statement -> statement.kind().name())
        .collect(Collectors.joining(" "));
  }

  @Test
  void string_readWithoutStandardConformingStrings_isEscapedByBackslashes() {
    String sql = "select 'a\\'; delete from t; --'";
    assertThat(analyzer.analyze(sql, true).statements()).hasSize(2);
    assertThat(analyzer.analyze(sql, false).statements()).hasSize(1);
  }

  @Test
  void functions_calledByAnyForm_areNamed() {
    assertThat(single("select f(1, g(2)), s.h(), count(*) from t where t.x = 1").functions())
        .extracting(FunctionCall::schema, FunctionCall::name, FunctionCall::arguments)
        .contains(
            org.assertj.core.groups.Tuple.tuple(null, "f", 2),
            org.assertj.core.groups.Tuple.tuple(null, "g", 1),
            org.assertj.core.groups.Tuple.tuple("s", "h", 0),
            org.assertj.core.groups.Tuple.tuple(null, "x", 1));
  }

  @Test
  void hint_inAComment_isRead() {
    assertThat(analyzer.analyze("/*+ baton:reader */ select 1").hint())
        .isEqualTo(new RoutingHint(RoutingHint.Target.READER, null));
    assertThat(analyzer.analyze("select /*+ baton:endpoint=h:5432 */ 1").hint())
        .isEqualTo(new RoutingHint(RoutingHint.Target.ENDPOINT, "h:5432"));
    assertThat(analyzer.analyze("/*+ baton:no-replay */ select 1").replayability())
        .isEqualTo(Replayability.FORBIDDEN);
    assertThat(analyzer.analyze("select '/*+ baton:reader */'").hint()).isNull();
    assertThat(analyzer.analyze("/*+ baton:needs=version>=17,tag:a=b */ select 1").hint())
        .isEqualTo(new RoutingHint(RoutingHint.Target.READER, null, "version>=17,tag:a=b"));
    assertThat(analyzer.analyze("/*+ baton:writer,no-replay needs=postgis */ select 1").hint())
        .isEqualTo(new RoutingHint(RoutingHint.Target.WRITER, null, "postgis"));
    assertThat(analyzer.analyze("/*+ baton:no-replay,needs=a,b baton:endpoint=h */ select 1"))
        .satisfies(
            both -> {
              assertThat(both.hint())
                  .isEqualTo(new RoutingHint(RoutingHint.Target.ENDPOINT, "h", "a,b"));
              assertThat(both.replayability()).isEqualTo(Replayability.FORBIDDEN);
            });
    assertThat(analyzer.analyze("/*+ baton:needs= */ select 1").hint())
        .isEqualTo(new RoutingHint(RoutingHint.Target.READER, null, ""));
    assertThat(analyzer.analyze("/*+ baton:reader kneads=a */ select 1").hint())
        .isEqualTo(new RoutingHint(RoutingHint.Target.READER, null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"copy t from stdin", "vacuum", "prepare transaction 'x'", "create database d"})
  void statement_thatCannotRunTwice_isNotReplayable(String sql) {
    assertThat(single(sql).replayability()).isNotEqualTo(Replayability.REPLAYABLE);
  }

  @Test
  void temporaryTable_created_keepsItsDefinition() {
    assertThat(single("create temp table if not exists x (a int) on commit delete rows").effects())
        .containsExactly(
            new Effect.CreateTemporary(
                Effect.TemporaryKind.TABLE,
                new RelationName(null, "x"),
                "create temp table if not exists x (a int) on commit delete rows",
                false,
                Effect.OnCommit.DELETE_ROWS,
                true,
                true));
  }

  @ParameterizedTest
  @CsvSource({
    "select 1 in (1), =",
    "select case 1 when 1 then 2 end, =",
    "'select nullif(1, 2)', =",
    "select 1 is distinct from 2, =",
    "select a.x from a join b using (x), =",
    "select a.x from a natural join b, =",
    "select 1 between 2 and 3, <="
  })
  void wordThatUsesAnOperator_countsAsIt(String sql, String operator) {
    assertThat(single(sql).operators()).contains(operator);
  }

  @Test
  void analysis_ofAnyText_neitherThrowsNorLosesItsEnd() {
    String[] pieces = {
      "select",
      "'",
      "\"",
      "$a$",
      "$",
      "/*",
      "*/",
      "--",
      "\n",
      "(",
      ")",
      ";",
      "E'",
      "U&'",
      "\\",
      "set",
      "begin",
      "atomic",
      "?",
      "??",
      "::",
      ".",
      "1e",
      "0x",
      "{",
      "}",
      "call",
      "with",
      "as",
      "for",
      "update",
      "é",
      "\0",
      "set_config",
      ",",
      "+-",
      "@-",
      "copy",
      "from",
      "stdin",
      "temp",
    };
    Random random = new Random(20261121);
    for (int round = 0; round < 20_000; round++) {
      StringBuilder sql = new StringBuilder();
      int length = random.nextInt(25);
      for (int i = 0; i < length; i++) {
        sql.append(pieces[random.nextInt(pieces.length)]).append(random.nextBoolean() ? " " : "");
      }
      StatementAnalysis analysis = analyzer.analyze(sql.toString(), random.nextBoolean());
      for (AnalysedStatement statement : analysis.statements()) {
        assertThat(statement.start()).isLessThanOrEqualTo(statement.end());
        assertThat(statement.end()).isLessThanOrEqualTo(sql.length());
      }
    }
  }
}
