package io.baton.failover.reads;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class PlanReaderTest {

  private static final String PLAN =
      """
      [ { "Plan": {
            "Node Type": "Sort", "Parallel Aware": false,
            "Output": ["t.a", "((t.\\"b c\\")::text)"],
            "Sort Key": ["t.a"],
            "Plans": [ {
              "Node Type": "Index Scan", "Index Name": "now", "Relation Name": "t",
              "Schema": "%s", "Alias": "t",
              "Index Cond": "(t.at > %s)" } ] } } ]
      """;

  @Test
  void plan_showsItsNodes_withWhatTheyRead() {
    PlanReader plan = PlanReader.of(PLAN.formatted("public", "$1"));

    assertThat(plan.nodes()).containsExactly("Sort", "Index Scan on t");
    assertThat(plan.expressions()).contains("((t.\"b c\")::text)", "(t.at > $1)");
    assertThat(plan.obstacle(Set.of())).isNull();
  }

  @Test
  void plan_showsWhatDependsOnTheMoment() {
    assertThat(PlanReader.of(PLAN.formatted("public", "now()")).obstacle(Set.of()))
        .contains("moment");
    PlanReader own = PlanReader.of(PLAN.formatted("public", "shop.opened(t.a)"));
    assertThat(own.obstacle(Set.of())).isNull();
    assertThat(own.obstacle(Set.of("opened"))).contains("moment");
    assertThat(PlanReader.of(PLAN.formatted("pg_catalog", "$1")).obstacle(Set.of()))
        .contains("system");
  }
}
