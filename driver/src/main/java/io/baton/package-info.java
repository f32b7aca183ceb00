/** The public types of Baton. */
@NullMarked
package io.baton;

import org.jspecify.annotations.NullMarked;
