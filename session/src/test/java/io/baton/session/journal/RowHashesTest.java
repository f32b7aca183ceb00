package io.baton.session.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowHashesTest {

  private static RowHashes of(List<String> rows) {
    RowHashes hashes = new RowHashes();
    for (String text : rows) {
      Fingerprint row = new Fingerprint();
      row.add(text);
      hashes.add(row);
    }
    return hashes;
  }

  private static List<String> random(Random random, int size) {
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      rows.add(String.valueOf(random.nextInt(10)));
    }
    return rows;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void rows_inAnyOrder_haveOneHash_andOtherMultisetsHaveAnother(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 500; round++) {
      List<String> rows = random(random, random.nextInt(40));
      List<String> shuffled = new ArrayList<>(rows);
      Collections.shuffle(shuffled, random);
      assertThat(of(shuffled).whole()).isEqualTo(of(rows).whole());
      assertThat(of(shuffled).firstMissingIn(of(rows))).isNull();

      List<String> other = random(random, rows.size());
      List<String> one = new ArrayList<>(rows);
      Collections.sort(one);
      Collections.sort(other);
      assertThat(of(other).whole().equals(of(rows).whole())).isEqualTo(one.equals(other));
      assertThat(of(rows).firstMissingIn(of(other)) == null).isEqualTo(one.equals(other));
    }
  }

  @Test
  void rowsThatAreThereTwice_doNotCancelEachOtherOut() {
    assertThat(of(List.of("a", "a", "b")).whole())
        .isNotEqualTo(of(List.of("b")).whole())
        .isNotEqualTo(of(List.of("c", "c", "b")).whole());
    assertThat(of(List.of("a", "a")).firstMissingIn(of(List.of("a")))).isNotNull();
    assertThat(of(List.of("a")).firstMissingIn(of(List.of("a", "a")))).isNull();
  }

  /**
   * Sums are only as good as the hashes they are made of: pairs of small numbers collide nowhere.
   */
  @Test
  void sumsOfRowsThatAreAlmostAlike_differ() {
    Set<String> hashes = new HashSet<>();
    for (int one = 0; one < 300; one++) {
      for (int other = one; other < 300; other++) {
        hashes.add(of(Arrays.asList(String.valueOf(one), String.valueOf(other))).whole());
      }
    }
    assertThat(hashes).hasSize(300 * 301 / 2);
  }
}
