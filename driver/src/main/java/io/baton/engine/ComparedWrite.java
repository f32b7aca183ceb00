package io.baton.engine;

/**
 * A write of the application that was made with a text that returns a hash of what it wrote, and
 * what that was.
 *
 * <p>Immutable.
 *
 * @param text the text
 * @param rows what it wrote
 */
record ComparedWrite(String text, WrittenRows rows) {}
