package io.baton.routing.source;

import io.baton.routing.topology.FailureText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One request to Patroni's REST interface, on a thread of its own: an answer may come byte by byte,
 * each within the limit of a read, so only somebody else can see that it takes too long, and {@link
 * #cancel} it.
 */
final class PatroniRequest implements Runnable {

  private static final String CANCELLED = "the request was cancelled";

  private final URI address;
  private final long askedAt;
  private final int limitMillis;
  private final Queue<PatroniRequest> ended;
  private volatile @Nullable HttpURLConnection connection;
  private volatile boolean cancelled;
  private volatile boolean over;
  private volatile @Nullable String text;
  private volatile @Nullable Throwable failure;

  /**
   * Makes a request, which is made once the thread runs.
   *
   * @param askedAt the clock of the source
   * @param limitMillis how long each read may take, those of the TLS handshake included
   * @param ended takes this when it is over, or was cancelled
   */
  PatroniRequest(URI address, long askedAt, int limitMillis, Queue<PatroniRequest> ended) {
    this.address = address;
    this.askedAt = askedAt;
    this.limitMillis = limitMillis;
    this.ended = ended;
  }

  URI address() {
    return address;
  }

  long askedAt() {
    return askedAt;
  }

  /** Whether it has ended, in whatever way. */
  boolean isOver() {
    return over;
  }

  /** What was answered. Called when it is over, or was cancelled. */
  String text() throws IOException {
    String answer = text;
    if (answer == null) {
      Throwable why = failure;
      throw new IOException(
          address + " does not answer: " + (why == null ? CANCELLED : FailureText.of(why)), why);
    }
    return answer;
  }

  /**
   * Ends it soon; while it is connected, its own time limit ends it. Nobody waits for that. Does
   * not block.
   */
  void cancel() {
    cancelled = true;
    ended.add(this);
    HttpURLConnection present = connection;
    if (present != null) {
      present.disconnect();
    }
  }

  @Override
  public void run() {
    try {
      text = get();
    } catch (IOException | RuntimeException | Error failed) {
      failure = failed;
    } finally {
      over = true;
      ended.add(this);
    }
  }

  private String get() throws IOException {
    URLConnection opened = address.toURL().openConnection();
    opened.setConnectTimeout(PatroniSource.TIMEOUT_MILLIS);
    opened.setReadTimeout(limitMillis);
    opened.setUseCaches(false);
    if (!(opened instanceof HttpURLConnection http)) {
      throw new IOException(address + " is not an HTTP address");
    }
    http.setInstanceFollowRedirects(false);
    connection = http;
    try {
      refuseIfCancelled();
      http.connect();
      refuseIfCancelled();
      int status = http.getResponseCode();
      if (status != HttpURLConnection.HTTP_OK) {
        throw new IOException("status " + status);
      }
      try (InputStream in = http.getInputStream()) {
        return text(in);
      }
    } finally {
      http.disconnect();
    }
  }

  private void refuseIfCancelled() throws IOException {
    if (cancelled) {
      throw new IOException(CANCELLED);
    }
  }

  private static String text(InputStream in) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      bytes.write(buffer, 0, read);
      if (bytes.size() > PatroniSource.MOST_BYTES) {
        throw new IOException("more than " + PatroniSource.MOST_BYTES + " bytes");
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
