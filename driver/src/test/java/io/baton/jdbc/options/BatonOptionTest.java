package io.baton.jdbc.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.sql.SQLException;
import java.sql.SQLNonTransientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.PGProperty;

class BatonOptionTest {

  static Stream<BatonOption<?>> options() {
    return BatonOption.all().stream();
  }

  @Test
  void all_comparedWithTheConstants_isComplete() throws IllegalAccessException {
    List<Object> constants = new ArrayList<>();
    for (Field field : BatonOption.class.getFields()) {
      if (Modifier.isStatic(field.getModifiers()) && field.getType() == BatonOption.class) {
        constants.add(field.get(null));
      }
    }

    assertThat(constants).hasSize(34);
    assertThat(BatonOption.all()).containsExactlyElementsOf(cast(constants));
  }

  @SuppressWarnings("unchecked")
  private static List<BatonOption<?>> cast(List<?> constants) {
    return (List<BatonOption<?>>) constants;
  }

  @Test
  void names_ofAllOptions_areDistinctAlsoAsBeansAndBesidePgjdbc() {
    assertThat(BatonOption.all()).extracting(BatonOption::name).doesNotHaveDuplicates();
    assertThat(BatonOption.all())
        .extracting(BatonOption::beanName)
        .doesNotHaveDuplicates()
        .noneMatch(bean -> PGProperty.forName(bean) != null)
        .contains("journalMaxBytes", "failoverTimeout");
  }

  @ParameterizedTest
  @MethodSource("options")
  <T> void default_ofEachOption_isWrittenAsAValueThatIsReadBack(BatonOption<T> option)
      throws SQLException {
    assertThat(option.help()).endsWith(".").doesNotContain("|");
    assertThat(option.defaultDescription()).isNotEmpty();
    assertThat(option.parse(option.format(option.defaultValue()))).isEqualTo(option.defaultValue());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "baton.failoverTimeout | 60      | the unit is missing, as in 60s or 60ms. Allowed: a"
            + " duration from 1ms to 1d, such as 60s.",
        "baton.failoverTimeout | 1.5s    | it is not a duration.",
        "baton.failoverTimeout | -1s     | it is not a duration.",
        "baton.failoverTimeout | 0       | it is less than 1ms.",
        "baton.failoverTimeout | 25h     | it is more than 1d.",
        "baton.heartbeat       | 5ms     | it is less than 10ms. Allowed: a duration from 10ms to"
            + " 1h, such as 1s; 0 switches it off.",
        "baton.failoverTimeout | 5S      | it is not a duration.",
        "baton.reads           | declard | did you mean declared? Allowed: declared, auto,"
            + " writer.",
        "baton.target          | writr   | did you mean writer? Allowed: writer, reader, any.",
        "baton.reads           | Writer  | did you mean writer?",
        "baton.reads           | replica | there is no such value.",
        "baton.topology        | aurorra | did you mean aurora? Allowed: probe, patroni, aurora,"
            + " rds-multi-az, dns, table.",
        "baton.auroraHostPattern | x.example.org | no ? stands where the name of an instance is",
        "baton.successor       | h4:x    | server 1: 'h4:x' has 'x' where a port should be.",
        "baton.successor       | h4,,h5  | server 2: an endpoint needs a host. Allowed: hosts with"
            + " their ports, separated by commas, such as h4:5432,h5:5432.",
        "baton.cutoverPause    | 0       | it is less than 10ms.",
        "baton.replayStrict    | yes     | it is neither true nor false. Allowed: true, false.",
        "baton.retryConflicts  | many    | it is not a whole number. Allowed: a whole"
            + " number from 0 to 100.",
      })
  void value_thatIsMalformed_isRefusedWithReasonAndRange(String name, String text, String reason) {
    assertThatThrownBy(() -> BatonOptions.parse(Map.of(name, text)))
        .isInstanceOf(SQLNonTransientException.class)
        .hasMessageStartingWith(name + "=" + text + " is not valid: " + reason)
        .extracting(e -> ((SQLException) e).getSQLState())
        .isEqualTo("22023");
  }

  @ParameterizedTest
  @CsvSource({"h4:5432/orders", "h4?user=other", "'h4:5432, other:secret@h5'"})
  void successor_withMoreThanServers_saysWhoseTheRestIs(String text) {
    assertThatThrownBy(() -> BatonOptions.parse(Map.of("baton.successor", text)))
        .hasMessageContaining("is more than a host and a port. The database and the user are those")
        .hasMessageNotContaining("secret");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0",
    "50ms, 50, 50ms",
    "2000ms, 2000, 2s",
    "5s, 5000, 5s",
    "60s, 60000, 60s",
    "2m, 120000, 2m",
    "2min, 120000, 2m",
    "1h, 3600000, 1h",
    "1d, 86400000, 1d",
  })
  void duration_inEveryUnit_isReadAndWrittenShort(String text, long millis, String written)
      throws MalformedValueException {
    Duration duration = DurationType.parseUnbounded(text);

    assertThat(duration).isEqualTo(Duration.ofMillis(millis));
    assertThat(DurationType.text(duration)).isEqualTo(written);
    assertThat(DurationType.parseUnbounded(written)).isEqualTo(duration);
  }

  @ParameterizedTest
  @CsvSource({
    "1024, 1024, 1KiB",
    "1500, 1500, 1500B",
    "1500B, 1500, 1500B",
    "2kB, 2000, 2000B",
    "2KB, 2000, 2000B",
    "512KiB, 524288, 512KiB",
    "1MB, 1000000, 1000000B",
    "1MiB, 1048576, 1MiB",
    "1GB, 1000000000, 1000000000B",
    "1GiB, 1073741824, 1GiB",
  })
  void byteSize_inEveryUnit_isReadAndWrittenShort(String text, long bytes, String written)
      throws MalformedValueException {
    ByteSizeType type = ByteSizeType.bytes(0, 1L << 40);

    assertThat(type.parse(text)).isEqualTo(bytes);
    assertThat(type.format(bytes)).isEqualTo(written);
    assertThat(type.parse(written)).isEqualTo(bytes);
  }

  static Stream<Arguments> lags() {
    return Stream.of(
        Arguments.of("none", MaxLag.NONE),
        Arguments.of("500ms", new MaxLag.InTime(Duration.ofMillis(500))),
        Arguments.of("16MiB", new MaxLag.InBytes(16L << 20)),
        Arguments.of("0", new MaxLag.InTime(Duration.ZERO)),
        Arguments.of("100B", new MaxLag.InBytes(100)));
  }

  @ParameterizedTest
  @MethodSource("lags")
  void maxLag_asTimeOrBytes_isToldApartByItsUnit(String text, MaxLag expected)
      throws MalformedValueException {
    MaxLagType type = new MaxLagType();

    assertThat(type.parse(text)).isEqualTo(expected);
    assertThat(type.format(expected)).isEqualTo(text);
  }

  @Test
  void maxLag_withoutUnit_isRefused() {
    assertThatThrownBy(() -> new MaxLagType().parse("100"))
        .hasMessage("the unit is missing, as in 100s or 100KiB.");
    assertThatThrownBy(() -> new MaxLagType().parse("")).hasMessage("it is not a duration.");
  }

  @Test
  void maxLag_ofEachKind_admitsUpToItsBound() {
    assertThat(MaxLag.NONE.admits(Duration.ofDays(1), Long.MAX_VALUE)).isTrue();
    MaxLag inTime = new MaxLag.InTime(Duration.ofSeconds(1));
    assertThat(inTime.admits(Duration.ofSeconds(1), Long.MAX_VALUE)).isTrue();
    assertThat(inTime.admits(Duration.ofMillis(1001), 0)).isFalse();
    MaxLag inBytes = new MaxLag.InBytes(10);
    assertThat(inBytes.admits(Duration.ofDays(1), 10)).isTrue();
    assertThat(inBytes.admits(Duration.ZERO, 11)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "baton.groups | a              | group 1 has no = between its name and its endpoints.",
        "baton.groups | a=h1;b c=h2    | the name of group 2 is not made of letters, digits,",
        "baton.groups | a=h1;a=h2      | group 2 has the name of group 1.",
        "baton.groups | a=h1,h2:x      | endpoint 2 of group 1 is none, such as h3:5432.",
        "baton.groups | a=             | endpoint 1 of group 1 is none, such as h3:5432.",
        "baton.rules  | user:me        | rule 1 is not of the form source:name=group.",
        "baton.rules  | user:me=a;b=a  | rule 2 is not of the form source:name=group.",
        "baton.rules  | users:me=a     | rule 1 is of no source that there is: application, user,"
            + " or database. Did you mean user?",
        "baton.rules  | user:=a        | rule 1 wants no name; * fits every one.",
        "baton.rules  | user:*x=a      | rule 1 has a * that is not the last sign of the name.",
        "baton.rules  | user:x=        | rule 1 names no group.",
      })
  void ruleOrGroup_thatIsMalformed_isRefusedByItsPlace(String name, String text, String reason) {
    assertThatThrownBy(() -> BatonOptions.parse(Map.of(name, text)))
        .isInstanceOf(SQLNonTransientException.class)
        .hasMessageContaining(" is not valid: " + reason);
  }

  @Test
  void rulesAndGroups_areWrittenAsTheyAreRead() throws SQLException {
    String groups = "reports=h3:5433,[::1]:5432;batch=h4:5432";
    String rules = "application:nightly-*=batch;user:bi=reports;database:a:b=c=batch";

    assertThat(BatonOption.GROUPS.format(BatonOption.GROUPS.parse(groups))).isEqualTo(groups);
    assertThat(BatonOption.RULES.format(BatonOption.RULES.parse(rules))).isEqualTo(rules);
    assertThat(BatonOption.RULES.parse(rules).get(2).wanted()).isEqualTo("a:b=c");
  }

  @Test
  void hostPattern_thatIsMalformed_isRefused() {
    HostPatternType type = new HostPatternType();

    assertThatThrownBy(() -> type.parse("?.example.org:0"))
        .hasMessage("its port is no number from 1 to 65535.");
    assertThatThrownBy(() -> type.parse("?.?.example.org"))
        .hasMessage("it is no host with one ? in it.");
    assertThatThrownBy(() -> type.parse("?.example.org/db"))
        .hasMessage("it is no host with one ? in it.");
  }

  @Test
  void httpUrls_inAList_areReadInOrder() throws MalformedValueException {
    HttpUrlsType type = new HttpUrlsType();
    List<URI> addresses = type.parse("https://h1:8008, http://h2:8008/base");

    assertThat(addresses)
        .containsExactly(URI.create("https://h1:8008"), URI.create("http://h2:8008/base"));
    assertThat(type.parse(type.format(addresses))).isEqualTo(addresses);
  }

  @ParameterizedTest
  @CsvSource({
    "ftp://h, address 1 starts with neither http:// nor https://",
    "http://h;h2:8008, address 1 has no host",
    "https:///x, address 1 has no host",
    "https://user:secret@h, address 1 has a user before its host",
    "https://h w, address 1 is not a URL",
  })
  void httpUrl_thatIsMalformed_isRefusedWithoutRepeatingIt(String text, String reason) {
    assertThatThrownBy(() -> new HttpUrlsType().parse(text)).hasMessageStartingWith(reason);
  }

  @ParameterizedTest
  @CsvSource({
    "baton.failoverTimout, baton.failoverTimeout",
    "baton.failovertimeout, baton.failoverTimeout",
    "BATON.READS, baton.reads",
    "Baton.target, baton.target",
    "baton.raeds, baton.reads",
    "baton.journalMaxBytes, baton.journal.maxBytes",
    "baton.heartBeat, baton.heartbeat",
    "baton.commit_outcome, baton.commitOutcome",
  })
  void name_thatIsMistyped_isRefusedByNamingTheNearest(String mistyped, String meant) {
    assertThatThrownBy(() -> BatonOptions.parse(Map.of(mistyped, "1s")))
        .isInstanceOf(SQLNonTransientException.class)
        .hasMessage(mistyped + " is not an option of Baton. Did you mean " + meant + "?")
        .extracting(e -> ((SQLException) e).getSQLState())
        .isEqualTo("22023");
  }

  @Test
  void options_thatWereGiven_areReadTypedAndCompared() throws SQLException {
    BatonOptions options =
        BatonOptions.parse(Map.of("baton.failoverTimeout", "5s", "baton.reads", "writer"));

    assertThat(options.get(BatonOption.FAILOVER_TIMEOUT)).isEqualTo(Duration.ofSeconds(5));
    assertThat(options.get(BatonOption.READS)).isEqualTo(Reads.WRITER);
    assertThat(options.get(BatonOption.HEARTBEAT)).isEqualTo(Duration.ofSeconds(1));
    assertThat(options.isGiven(BatonOption.READS)).isTrue();
    assertThat(options.isGiven(BatonOption.HEARTBEAT)).isFalse();
    assertThat(BatonOptions.parse(options.texts())).isEqualTo(options).hasSameHashCodeAs(options);
    assertThat(options.with(BatonOption.READS, Reads.DECLARED)).isNotEqualTo(options);
    assertThat(options.with(BatonOption.READS, Reads.DECLARED).get(BatonOption.READS))
        .isEqualTo(Reads.DECLARED);
    assertThat(BatonOptions.defaults()).isEqualTo(BatonOptions.parse(Map.of()));
  }

  @ParameterizedTest
  @CsvSource({
    "abc, abc, 0",
    "abc, acb, 1",
    "abc, ab, 1",
    "abc, abcd, 1",
    "abc, axc, 1",
    "a, xyz, 3"
  })
  void distance_ofTwoWords_countsEdits(String one, String other, int edits) {
    assertThat(Nearest.distance(one, other)).isEqualTo(edits);
  }
}
