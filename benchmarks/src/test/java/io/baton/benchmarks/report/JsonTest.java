package io.baton.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {
  @Test
  void nestedValues_written_areIndentedInTheirOrder() {
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("name", "scan");
    value.put("ratios", List.of(1.0123456789, 2));
    value.put("rows", List.of(Map.of("ok", true)));

    assertThat(Json.write(value))
        .isEqualTo(
            """
            {
              "name": "scan",
              "ratios": [1.01235, 2],
              "rows": [
                {
                  "ok": true
                }
              ]
            }
            """);
  }

  @Test
  void text_withSpecialCharacters_isEscaped() {
    assertThat(Json.write("a \"b\" \\ \n \u0001 \u00b5"))
        .isEqualTo("\"a \\\"b\\\" \\\\ \\n \\u0001 \u00b5\"\n");
  }

  @Test
  void number_thatJsonCannotSay_isNull() {
    assertThat(Json.write(Double.POSITIVE_INFINITY)).isEqualTo("null\n");
  }
}
