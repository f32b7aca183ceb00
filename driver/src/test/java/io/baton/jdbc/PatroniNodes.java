package io.baton.jdbc;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Three nodes under a real Patroni, as {@code testkit/scripts/patroni-cluster} starts them. */
final class PatroniNodes {

  private static final Path SCRIPT =
      Path.of(System.getProperty("baton.scripts", "../testkit/scripts"), "patroni-cluster");

  /** One node. */
  record Node(String name, String host, int port, String rest) {

    String endpoint() {
      return host + ":" + port;
    }
  }

  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private final Path folder;
  private final List<Node> nodes = new ArrayList<>();

  private PatroniNodes(Path folder) {
    this.folder = folder;
  }

  static PatroniNodes start() throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("baton-patroni");
    PatroniNodes started = new PatroniNodes(folder);
    started.script("start", folder.toString());
    for (String line : Files.readAllLines(folder.resolve("nodes"))) {
      String[] part = line.split(" ", -1);
      started.nodes.add(new Node(part[0], part[1], Integer.parseInt(part[2]), part[3]));
    }
    return started;
  }

  private void script(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(SCRIPT.toString()));
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile("baton-patroni", ".out");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean ended = process.waitFor(5, TimeUnit.MINUTES);
    String said = Files.readString(output);
    Files.delete(output);
    if (!ended || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException(command + " failed:\n" + said);
    }
  }

  List<Node> nodes() {
    return nodes;
  }

  /** The leader, if Patroni names one. */
  Node leader() throws IOException, InterruptedException {
    List<Node> leaders = inRole("leader");
    if (leaders.isEmpty()) {
      throw new IOException("there is no leader");
    }
    return leaders.get(0);
  }

  /** Whether there is a leader, a synchronous standby, and all nodes run. */
  boolean isWhole() throws InterruptedException {
    try {
      return inRole("leader").size() == 1
          && inRole("sync_standby").size() == 1
          && members().stream()
                  .filter(member -> List.of("running", "streaming").contains(state(member)))
                  .count()
              == nodes.size();
    } catch (IOException unanswered) {
      return false;
    }
  }

  private static String state(JsonObject member) {
    return member.getString("state", "");
  }

  private List<Node> inRole(String role) throws IOException, InterruptedException {
    List<String> names =
        members().stream()
            .filter(member -> role.equals(member.getString("role")))
            .map(member -> member.getString("name"))
            .collect(Collectors.toList());
    return nodes.stream().filter(node -> names.contains(node.name())).toList();
  }

  private List<JsonObject> members() throws IOException, InterruptedException {
    IOException last = new IOException("there is no node to ask");
    for (Node node : nodes) {
      try {
        HttpResponse<String> answer = send(request(node, "/cluster").GET());
        return JsonParser.object().from(answer.body()).getArray("members").stream()
            .map(JsonObject.class::cast)
            .collect(Collectors.toList());
      } catch (IOException | JsonParserException unanswered) {
        last = new IOException(unanswered);
      }
    }
    throw last;
  }

  /** Has the leader and its synchronous standby exchange their roles; returns when it is done. */
  void switchOver() throws IOException, InterruptedException {
    Node from = leader();
    Node to = inRole("sync_standby").get(0);
    String order = "{\"leader\": \"%s\", \"candidate\": \"%s\"}".formatted(from.name(), to.name());
    HttpResponse<String> answer =
        send(
            request(from, "/switchover")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(order)));
    if (answer.statusCode() != 200) {
      throw new IOException("Patroni refuses a switchover: " + answer.body());
    }
  }

  /**
   * Schedules an exchange of the leader and its synchronous standby; returns at once.
   *
   * @return the node that is to be the leader
   */
  Node scheduleSwitchOver(Instant at) throws IOException, InterruptedException {
    Node from = leader();
    Node to = inRole("sync_standby").get(0);
    String order =
        "{\"leader\": \"%s\", \"candidate\": \"%s\", \"scheduled_at\": \"%s\"}"
            .formatted(from.name(), to.name(), at.atOffset(ZoneOffset.UTC));
    HttpResponse<String> answer =
        send(
            request(from, "/switchover")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(order)));
    if (answer.statusCode() != 202) {
      throw new IOException("Patroni refuses to schedule a switchover: " + answer.body());
    }
    return to;
  }

  /** Kills the leader with its Patroni, as a power cut does. */
  Node crashLeader() throws IOException, InterruptedException {
    Node killed = leader();
    script("kill", folder.toString(), killed.name());
    return killed;
  }

  void revive(Node node) throws IOException, InterruptedException {
    script("revive", folder.toString(), node.name());
  }

  private static HttpRequest.Builder request(Node node, String path) {
    return HttpRequest.newBuilder(URI.create(node.rest() + path)).timeout(Duration.ofSeconds(20));
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  /** A connection to a node as the application's role, without Baton. */
  static Connection connect(Node node) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://" + node.endpoint() + "/app", "app", "app");
  }

  void stop() throws IOException, InterruptedException {
    script("stop", folder.toString());
  }
}
