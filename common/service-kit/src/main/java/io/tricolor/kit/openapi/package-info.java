@NullMarked
package io.tricolor.kit.openapi;

import org.jspecify.annotations.NullMarked;
