/**
 * The journal of the open transaction: what was called, and what the application saw of it, so that
 * the transaction can be replayed on another server and the replay proved equal.
 */
@NullMarked
package io.baton.session.journal;

import org.jspecify.annotations.NullMarked;
