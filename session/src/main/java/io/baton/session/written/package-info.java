/**
 * A session as a text: what is written down of it, and how that is read. Start at {@link
 * io.baton.session.written.WrittenSession}.
 */
@NullMarked
package io.baton.session.written;

import org.jspecify.annotations.NullMarked;
