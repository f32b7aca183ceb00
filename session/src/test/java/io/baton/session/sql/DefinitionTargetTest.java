package io.baton.session.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A definition changes what it is a definition of, not all that it names. */
class DefinitionTargetTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          create index on t(a)                                          | t      | -
          create unique index concurrently if not exists i on only s.t (lower(a)) | s.t | -
          create or replace trigger g before update of a on t for each row execute function f() | t | -
          create constraint trigger g after insert on t from r for each row execute function f() | t | -
          create rule r as on insert to t do also select 1              | t      | -
          create policy p on t for select to t2 using (a > 0)           | t      | -
          create statistics s on a, b from t                            | t      | -
          create materialized view m as select a from t                 | -      | -
          create extension t                                            | -      | -
          alter table if exists only t alter column a type numeric using a * price | t | -
          alter table t add foreign key (a) references price(b)         | t      | -
          alter view v alter column a set default 1                     | v      | -
          alter sequence t_id_seq restart with 500                      | t_id_seq | t_id_seq
          alter index if exists i rename to j                           | -      | i
          alter trigger g on t rename to h                              | t      | -
          alter policy p on s.t to r                                    | s.t    | -
          alter function pg_temp.f(int) owner to r                      | pg_temp.f | -
          alter type pg_temp.mood add value 'z'                         | pg_temp.mood | -
          alter role t set work_mem = '9MB'                             | -      | -
          drop index concurrently if exists i, s.j                      | -      | i s.j
          drop trigger if exists g on t                                 | t      | -
          drop rule r on t                                              | t      | -
          drop role t                                                   | -      | -
          comment on column s.t.a is 'x'                                | s.t    | -
          comment on column t.a is 'x'                                  | t      | -
          comment on constraint c on t is 'x'                           | t      | -
          comment on constraint c on domain d is 'x'                    | d      | -
          comment on index i is 'x'                                     | -      | i
          comment on table t is 'about price'                           | t      | -
          grant select (price), update on table t, u to r               | t u    | -
          grant select on t to price                                    | t      | -
          grant usage on sequence q to r                                | q      | q
          grant execute on function pg_temp.f(int), g() to r            | pg_temp.f g | -
          grant usage on schema t to r                                  | -      | -
          grant t to r                                                  | -      | -
          revoke grant option for select on s.t from r                  | s.t    | -
          """)
  void target_isWhatTheCommandChanges(String sql, String objects, String parts) {
    Effect.ChangeRelations change =
        new StatementAnalyzer()
            .analyze(sql).statements().get(0).effects().stream()
                .filter(Effect.ChangeRelations.class::isInstance)
                .map(Effect.ChangeRelations.class::cast)
                .findFirst()
                .orElse(null);
    if (change == null) {
      assertThat(sql).as("is no change, but a rename").contains(" rename to ");
      return;
    }
    assertThat(names(change.target().objects())).isEqualTo(objects == null ? "" : objects);
    assertThat(names(change.target().parts())).isEqualTo(parts == null ? "" : parts);
  }

  private static String names(List<RelationName> relations) {
    return String.join(
        " ",
        relations.stream()
            .map(one -> one.schema() == null ? one.name() : one.schema() + "." + one.name())
            .toList());
  }
}
