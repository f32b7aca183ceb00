/**
 * What a database says of the cut over of its cluster to another one, and what that means for the
 * sessions of this JVM. Start with {@link io.baton.routing.cutover.Cutovers}.
 */
@NullMarked
package io.baton.routing.cutover;

import org.jspecify.annotations.NullMarked;
