/** Where a statement may run: endpoints, topology, health and selection. */
@NullMarked
package io.baton.routing;

import org.jspecify.annotations.NullMarked;
