/** Programs that show Baton at work. */
@NullMarked
package io.baton.examples;

import org.jspecify.annotations.NullMarked;
