package io.baton.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class PlotTest {
  @Test
  void marks_ofAScale_areRoundAndWithinIt() {
    assertThat(new Scale(0.9, 1.6, 0, 100).marks())
        .hasSizeBetween(4, 8)
        .allSatisfy(mark -> assertThat(mark).isBetween(0.9, 1.6));
    assertThat(new Scale(0, 1000, 0, 100).marks())
        .containsExactly(0.0, 200.0, 400.0, 600.0, 800.0, 1000.0);
  }

  @Test
  void value_beyondTheAxis_standsAtItsEndWithItsFigure() {
    IntervalPlot plot = new IntervalPlot("times & more", 0.9, 1.6);
    plot.group("connect <fast>");
    plot.value(0, 2.4, 2.5, 2.6);

    assertThat(plot.render(0.02)).contains("2.500 \u2192").contains("connect &lt;fast&gt;");
    assertThatIsXml(plot.render(0.02));
  }

  @Test
  void lines_withMoments_areDrawn() {
    LinePlot plot = new LinePlot("rate", "seconds");
    plot.line(1, List.of(new double[] {-1, 10}, new double[] {2, 20}));
    plot.moment(0, "crash");

    assertThat(plot.render()).contains("<polyline").contains("crash");
    assertThatIsXml(plot.render());
  }

  private static void assertThatIsXml(String svg) {
    assertThatCode(
            () ->
                DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new InputSource(new StringReader(svg))))
        .doesNotThrowAnyException();
  }
}
