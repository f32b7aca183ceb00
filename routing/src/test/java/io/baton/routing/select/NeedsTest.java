package io.baton.routing.select;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.baton.routing.topology.Availability;
import io.baton.routing.topology.Capabilities;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.ListedEndpoint;
import io.baton.routing.topology.Role;
import io.baton.routing.topology.ServerStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NeedsTest {

  private static final Endpoint HERE = new Endpoint("h2", 5432);
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final long MIB = 1L << 20;

  private static final Capabilities TOLD =
      new Capabilities(
          START,
          true,
          200,
          512 * MIB,
          4 * MIB,
          Map.of("postgis", "3.4.2", "odd", "next", "pg_trgm", "1.6"));

  private static EndpointState server(@Nullable Capabilities capabilities) {
    return new EndpointState(
        new ListedEndpoint(
            HERE, 100, "a", false, Map.of("large", "true", "size", "big", "no", "false")),
        Role.READER,
        Availability.UP,
        new ServerStatus(true, 7, 1, null, null, true, Duration.ZERO, START, 170_004),
        capabilities,
        START,
        OptionalLong.empty(),
        null,
        null,
        null,
        false,
        1);
  }

  private static @Nullable String lack(String needs) {
    return Needs.parse(needs).lacking(server(TOLD), Set.of("reports"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "  ",
        "version>=17",
        "version=17",
        "version<=17",
        "version>=17.4",
        "version<18",
        "version>16.9",
        "version < 17.5",
        "max_connections>=200",
        "max_connections<201",
        "shared_buffers>=512MB",
        "shared_buffers=524288kB",
        "work_mem>=4096kB",
        "work_mem<1GB",
        "postgis",
        "postgis>=3.4",
        "postgis=3.4.2",
        "postgis<4",
        "pg_trgm,postgis,version>=17",
        "tag:large",
        "tag:size=big",
        "tag:zone=a",
        "tag:zone",
        "tag:reports",
      })
  void server_thatHasAllOfIt_lacksNothing(String needs) {
    assertThat(lack(needs)).isNull();
    assertThat(Needs.parse(needs).areMetBy(server(TOLD), Set.of("reports"))).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "version>=18             | is of version 17.4",
        "version>17              | is of version 17.4",
        "version=17.5            | is of version 17.4",
        "max_connections>200     | has max_connections 200",
        "shared_buffers>=1GB     | has shared_buffers 512MB",
        "work_mem>4MB            | has work_mem 4MB",
        "timescaledb             | has no extension timescaledb",
        "postgis>=3.5            | has the extension postgis 3.4.2",
        "odd>=1                  | has the extension odd next",
        "tag:huge                | has no tag huge",
        "tag:no                  | has no tag no",
        "tag:size=small          | has the tag size=big",
        "tag:other=x             | has no tag other",
        "tag:reports=x           | has no tag reports",
        "version>=18,postgis,a,b | is of version 17.4, has no extension a, has no extension b",
      })
  void server_thatLacksSome_isSaidToLackThat(String needs, String lack) {
    assertThat(lack(needs)).isEqualTo(lack);
    assertThat(Needs.parse(needs).areMetBy(server(TOLD), Set.of("reports"))).isFalse();
  }

  @Test
  void server_ofWhichNothingIsKnown_isTakenToLackIt() {
    Needs needs = Needs.parse("version>=17,postgis,work_mem>1kB,tag:large");

    assertThat(needs.lacking(server(null), Set.of())).isEqualTo("has not told yet what it has");
    assertThat(needs.awaits(server(null))).isTrue();
    assertThat(needs.lacking(server(Capabilities.untold(START)), Set.of()))
        .isEqualTo("does not tell what it has");
    assertThat(needs.awaits(server(Capabilities.untold(START)))).isFalse();
    assertThat(Needs.parse("tag:large,version>=18").awaits(server(null))).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "version                | need 1, \"version\", says nothing of its value, such as version>=17",
        "postgis,,x             | need 2 is empty",
        "postgis,               | need 2 is empty",
        ",                      | need 1 is empty",
        "version>=new           | has \"new\" where a version such as 17 or 17.4 should be",
        "version>=17.           | has \"17.\" where a version",
        "version>=              | has \"\" where a version",
        "version>=-1            | has \"-1\" where a version",
        "version>=9999999999    | where a version",
        "version=>17            | has => where >=, <=, >, < or = should be",
        "version==17            | has == where",
        "version~17             | has ~ where",
        "version!=17            | has != where",
        "a,work_mem>=64         | need 2, \"work_mem>=64\", has \"64\" where a value such as 8GB",
        "work_mem>=64mb         | has \"64mb\" where a value such as 8GB should be",
        "shared_buffers         | says nothing of its value, such as shared_buffers>=8GB",
        "max_connections>=many  | has \"many\" where a value such as 200 should be",
        "cores>=8               | asks for what no PostgreSQL server tells",
        "tag:                   | is no tag, such as tag:large or tag:size=large",
        "tag:a b                | is no tag",
        "tag:a=                 | is no tag",
        "two words              | need 1, \"two words\", does not begin with",
        ">=17                   | does not begin with version, max_connections",
        "post.gis               | does not begin with",
        "postgis;drop           | does not begin with",
      })
  void text_thatIsNoNeed_isRefused_withItsPlaceAndReason(String text, String reason) {
    assertThatThrownBy(() -> Needs.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "version >= 17 , postgis | version>=17,postgis",
        "work_mem>=2048kB        | work_mem>=2MB",
        "work_mem>=1B            | work_mem>=1B",
        "postgis > 3.4,tag:a=b   | postgis>3.4,tag:a=b",
        "max_connections<=1024   | max_connections<=1024",
      })
  void needs_areWritten_asTheyAreRead(String text, String written) {
    Needs needs = Needs.parse(text);

    assertThat(needs).hasToString(written);
    assertThat(Needs.parse(needs.toString())).isEqualTo(needs);
  }

  @Test
  void needs_ofTwo_areThoseOfBoth() {
    Needs one = Needs.parse("postgis,tag:a");

    assertThat(one.and(Needs.parse("tag:a,version>=17"))).hasToString("postgis,tag:a,version>=17");
    assertThat(one.and(Needs.NONE)).isSameAs(one);
    assertThat(Needs.NONE.and(one)).isSameAs(one);
  }

  @Test
  void hint_withNeeds_isInItsDecision() {
    Router router = new Router(Router.Reads.DECLARED, RouteDecision.TO_WRITER).within("in a group");
    Needs needs = Needs.parse("postgis");

    RouteDecision decision =
        router.route(Router.Pin.NONE, RouteHint.READER.needing(needs), false, true, false, false);

    assertThat(decision.target()).isEqualTo(RouteTarget.READER);
    assertThat(decision.needs()).isEqualTo(needs);
    assertThat(decision)
        .hasToString("reader: the statement's hint, in a group, on a server with postgis");
    assertThat(
            router
                .route(
                    Router.Pin.TRANSACTION,
                    RouteHint.READER.needing(needs),
                    false,
                    true,
                    false,
                    false)
                .needs()
                .isEmpty())
        .isTrue();
  }
}
