package io.baton.routing.consistency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConsistencyTokenTest {

  private static final ConsistencyToken WRITER = ConsistencyToken.parse("77/3@1/4E000028");

  @ParameterizedTest
  @ValueSource(
      strings = {"7312345678901234567/3@1/4E000028", "18446744073709551615/4294967295@FFFFFFFF/0"})
  void text_isReadAsItIsWritten(String text) {
    assertThat(ConsistencyToken.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "12",
        "7/3",
        "7/3@",
        "7/@1/2",
        "/3@1/2",
        "7/3@1",
        "7/3@1/2/3",
        "7/3@1/G",
        "-7/3@1/2",
        "7/-3@1/2",
        "7/99999999999@1/2",
        "99999999999999999999/3@1/2",
        " 7/3@1/2",
        "7//3@1/2",
      })
  void text_ofAnotherForm_isRefused(String text) {
    assertThatThrownBy(() -> ConsistencyToken.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("'" + text + "' is no consistency token");
  }

  @Test
  void text_withoutACluster_isRefused_andSaysSo() {
    assertThatThrownBy(() -> ConsistencyToken.parse("3@1/4E000028"))
        .hasMessageContaining("of which cluster");
  }

  @ParameterizedTest
  @ValueSource(strings = {"77/3@1/4E000028", "77/3@1/0", "77/2@1/4E000028", "77/1@0/1"})
  void token_ofThePast_isBelieved(String token) {
    assertThat(ConsistencyToken.parse(token).refusalBy(WRITER)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "77/3@1/4E000029",
        "77/4@1/0",
        "77/99999@FFFFFFFF/FFFFFFFF",
        "77/1@FFFFFFFF/FFFFFFFF"
      })
  void token_thatStandsForMoreThanWasWritten_isRefused(String token) {
    assertThat(ConsistencyToken.parse(token).refusalBy(WRITER))
        .contains(token)
        .contains("more than its cluster has")
        .contains("3@1/4E000028");
  }

  @Test
  void token_ofAnotherCluster_isRefused() {
    assertThat(ConsistencyToken.parse("78/1@0/1").refusalBy(WRITER))
        .contains("of another cluster")
        .contains("77");
  }
}
