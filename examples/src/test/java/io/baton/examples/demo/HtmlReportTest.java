package io.baton.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.baton.examples.demo.ApplicationError.Step;
import io.baton.examples.demo.Timeline.Event;
import io.baton.examples.demo.Timeline.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class HtmlReportTest {
  private static final long SECOND = 1_000_000_000L;
  private static final List<Event> EVENTS =
      List.of(
          new Event(
              Kind.CRASH, "crash 1", 2 * SECOND, 3 * SECOND, 4 * SECOND, "node1", "node0 killed"),
          new Event(
              Kind.SWITCHOVER,
              "switchover 1",
              6 * SECOND,
              7 * SECOND,
              8 * SECOND,
              "node2",
              "node1 stopped cleanly"));

  private final Ledger ledger = new Ledger();

  @Test
  void report_goodRun_saysSoWithItsNumbers() throws IOException {
    IntStream.range(0, 1234).forEach(number -> operation(number, 0, SECOND, SECOND + 1));

    assertThat(report(List.of(), List.of()))
        .contains("<h1 class=\"good\">Nothing lost, nothing done twice.</h1>")
        .contains("<b class=\"value\">1,234</b>")
        .contains("crash 1", "switchover 1", "node1 stopped cleanly", "PostgreSQL 18.6");
  }

  @Test
  void report_lostAndDuplicatedOperations_areTheHeadline() throws IOException {
    assertThat(report(List.of(4711L), List.of(4712L, 4713L)))
        .contains("<h1 class=\"bad\">The database disagrees.</h1>")
        .contains("<li>1 operation acknowledged and lost: 4711.</li>")
        .contains("<li>2 operations committed more than once: 4712, 4713.</li>");
  }

  @Test
  void report_anyRun_needsNothingBesidesItself() throws IOException {
    assertThat(report(List.of(), List.of()))
        .doesNotContain("http:", "https:", "src=", "href=", "@import", "url(", "{{")
        .contains("prefers-color-scheme: dark");
  }

  @Test
  void report_messageWithMarkup_isShownAsText() throws IOException {
    error("<script>alert('$1')</script>");

    assertThat(report(List.of(), List.of()))
        .contains("&lt;script&gt;alert(&#39;$1&#39;)&lt;/script&gt;")
        .doesNotContain("<script>alert");
  }

  @Test
  void chart_pausesErrorsAndEvents_areDrawnWhereTheyBelong() throws Exception {
    operation(1, 0, SECOND, SECOND + 1);
    operation(2, 1, 2 * SECOND, 3 * SECOND);
    error("gone & away");

    Document chart = chart(report(List.of(), List.of()));

    assertThat(ofClass(chart, "rect", "pause")).hasSize(1);
    assertThat(ofClass(chart, "rect", "error")).hasSize(1);
    assertThat(ofClass(chart, "text", "mark crash")).hasSize(1);
    Element down = ofClass(chart, "rect", "down crash").get(0);
    double plotWidth = RunChart.WIDTH - RunChart.LEFT - RunChart.RIGHT;
    assertThat(number(down, "x")).isCloseTo(RunChart.LEFT + plotWidth * 0.2, within(0.1));
    assertThat(number(down, "width")).isCloseTo(plotWidth * 0.1, within(0.1));
  }

  @Test
  void chart_primaryChanges_areOneStretchEach() throws Exception {
    Document chart = chart(report(List.of(), List.of()));

    assertThat(ofClass(chart, "rect", "node node0")).hasSize(1);
    assertThat(ofClass(chart, "rect", "node node1")).hasSize(1);
    assertThat(ofClass(chart, "rect", "node node2")).hasSize(1);
  }

  @Test
  void report_writtenToFile_isThere(@TempDir Path folder) throws IOException {
    Path written =
        new HtmlReport(result(List.of(), List.of())).writeTo(folder.resolve("report.html"));

    assertThat(Files.readString(written)).startsWith("<!DOCTYPE html>").endsWith("</html>\n");
  }

  private String report(List<Long> lost, List<Long> duplicated) throws IOException {
    return new HtmlReport(result(lost, duplicated)).html();
  }

  private RunResult result(List<Long> lost, List<Long> duplicated) {
    Ledger.Snapshot told = ledger.snapshot(10 * SECOND);
    return new RunResult(
        new Surroundings(
            "2026-01-01T00:00:00Z", "Machine", "JVM", "PostgreSQL 18.6", "Baton", "Pool", "url"),
        List.of("node0", "node1", "node2"),
        "3 nodes",
        "node0",
        2,
        10 * SECOND,
        EVENTS,
        told,
        true,
        new Verdict(
            told.acknowledged(),
            told.foundCommitted(),
            lost,
            duplicated,
            List.of(),
            0,
            Verdict.EXPECTED_TOTAL,
            0,
            List.of(),
            Map.of("node0", 1L),
            List.of()));
  }

  private void operation(long number, int worker, long beganNanos, long endedNanos) {
    ledger.acknowledged(new Transfer(number, worker, 1, 2, 3), beganNanos, endedNanos);
  }

  private void error(String message) {
    ledger.failed(new ApplicationError(0, 2 * SECOND, "08006", Step.WORKING, message));
  }

  /** The chart as an XML document, which it can only be if it is well-formed. */
  private static Document chart(String html) throws Exception {
    String svg = html.substring(html.indexOf("<svg"), html.indexOf("</svg>") + "</svg>".length());
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
  }

  private static List<Element> ofClass(Document document, String tag, String cssClass) {
    NodeList elements = document.getElementsByTagName(tag);
    return IntStream.range(0, elements.getLength())
        .mapToObj(elements::item)
        .flatMap(node -> node instanceof Element element ? Stream.of(element) : Stream.empty())
        .filter(element -> element.getAttribute("class").equals(cssClass))
        .toList();
  }

  private static double number(Element element, String attribute) {
    return Double.parseDouble(element.getAttribute(attribute));
  }
}
