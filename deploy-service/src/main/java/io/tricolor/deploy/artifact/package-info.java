/** Checks that what is deployed is what was released. */
@NullMarked
package io.tricolor.deploy.artifact;

import org.jspecify.annotations.NullMarked;
