package io.baton.testkit.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;

/** The bytes of a message after its length, or as many of them as are kept; read in order. */
final class Body {
  private final byte[] bytes;
  private final int end;
  private int position;

  Body(byte[] bytes, int start, int end) {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
  }

  /** The next byte, 0 if there is none. */
  byte code() {
    return position < end ? bytes[position++] : 0;
  }

  /** The next string, which ends with a zero or with what is kept. */
  String text() {
    int start = position;
    while (position < end && bytes[position] != 0) {
      position++;
    }
    String text = new String(bytes, start, position - start, UTF_8);
    position++;
    return text;
  }
}
