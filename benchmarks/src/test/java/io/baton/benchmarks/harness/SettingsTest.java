package io.baton.benchmarks.harness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SettingsTest {
  @Test
  void pairs_givenAndNotGiven_areValuesAndDefaults() {
    Settings settings = Settings.parse(" forks=2  operations=scan,batch ");

    assertThat(settings.integer("forks", 4)).isEqualTo(2);
    assertThat(settings.integer("rounds", 150)).isEqualTo(150);
    assertThat(settings.choice("operations", List.of("scan", "batch", "connect")))
        .containsExactly("scan", "batch");
    assertThat(settings.choice("contestants", List.of("a", "b"))).containsExactly("a", "b");
  }

  @Test
  void name_thatNobodyAskedFor_isRefused() {
    Settings settings = Settings.parse("fork=2");
    settings.integer("forks", 4);

    assertThatThrownBy(settings::refuseUnknown)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("No setting fork;")
        .hasMessageContaining("forks");
  }

  @Test
  void choice_ofWhatThereIsNot_isRefused() {
    Settings settings = Settings.parse("operations=scam");

    assertThatThrownBy(() -> settings.choice("operations", List.of("scan")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("scam");
  }
}
