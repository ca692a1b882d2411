//! COCO's annotations: one JSON file for all images.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::object::Object;

/// The file, beside the folder of the images.
pub const ANNOTATIONS: &str = "annotations.json";

/// An image of the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CocoImage {
    /// By which annotations name it.
    pub id: u64,
    /// In the folder of the images.
    pub file_name: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

#[derive(Serialize, Deserialize)]
struct Annotation {
    #[serde(default)]
    id: u64,
    image_id: u64,
    category_id: u64,
    /// Left, top, width and height in pixels.
    bbox: [f64; 4],
    #[serde(default)]
    area: f64,
    #[serde(default)]
    iscrowd: u8,
    #[serde(default, skip_serializing)]
    segmentation: Option<Value>,
}

#[derive(Serialize, Deserialize)]
struct File {
    images: Vec<CocoImage>,
    annotations: Vec<Annotation>,
    /// As they are, for the file that is written.
    categories: Vec<BTreeMap<String, Value>>,
}

/// What the file says.
#[derive(Clone, Debug)]
pub struct Coco {
    /// By the names of their files.
    pub images: HashMap<String, (CocoImage, Vec<Object>)>,
    categories: Vec<BTreeMap<String, Value>>,
    /// Objects that have an outline, which is left out.
    pub outlines: usize,
}

impl Coco {
    /// What `text` says.
    ///
    /// # Errors
    ///
    /// If it is no such file, an annotation is of an image or a class that is not there, or a box is none.
    pub fn read(text: &str) -> Result<Self> {
        let File { images, annotations, categories } = serde_json::from_str(text)?;
        let classes: HashSet<u64> =
            categories.iter().filter_map(|category| category.get("id").and_then(Value::as_u64)).collect();
        let mut by_id: HashMap<u64, (CocoImage, Vec<Object>)> = HashMap::new();
        for image in images {
            let id = image.id;
            ensure!(by_id.insert(id, (image, Vec::new())).is_none(), "two images have the id {id}");
        }
        let mut outlines = 0;
        for Annotation { id, image_id, category_id, bbox: [x, y, wide, high], iscrowd, segmentation, .. } in annotations
        {
            let (_, objects) = by_id
                .get_mut(&image_id)
                .with_context(|| format!("annotation {id} is of image {image_id}, which is not there"))?;
            ensure!(classes.contains(&category_id), "annotation {id} is of category {category_id}, which is not there");
            let whole = [x, y, wide, high].iter().all(|number| number.is_finite()) && wide >= 0.0 && high >= 0.0;
            ensure!(whole, "the bbox of annotation {id}, [{x}, {y}, {wide}, {high}], is no box");
            outlines += usize::from(
                segmentation.is_some_and(|outline| outline.as_array().is_none_or(|parts| !parts.is_empty())),
            );
            objects.push(Object { class: category_id, crowd: iscrowd != 0, edges: [x, y, x + wide, y + high] });
        }
        let mut images = HashMap::new();
        for (image, objects) in by_id.into_values() {
            let name = image.file_name.clone();
            ensure!(images.insert(name.clone(), (image, objects)).is_none(), "two images are called {name}");
        }
        Ok(Self { images, categories, outlines })
    }

    /// The file of other images with the same classes; annotations are counted from 1.
    ///
    /// # Errors
    ///
    /// If it cannot be written as JSON.
    pub fn write(&self, images: Vec<(CocoImage, Vec<Object>)>) -> Result<Vec<u8>> {
        let mut file = File { images: Vec::new(), annotations: Vec::new(), categories: self.categories.clone() };
        for (image, objects) in images {
            for Object { class, crowd, edges: [x0, y0, x1, y1] } in objects {
                file.annotations.push(Annotation {
                    id: file.annotations.len() as u64 + 1,
                    image_id: image.id,
                    category_id: class,
                    bbox: [x0, y0, x1 - x0, y1 - y0],
                    area: (x1 - x0) * (y1 - y0),
                    iscrowd: crowd.into(),
                    segmentation: None,
                });
            }
            file.images.push(image);
        }
        Ok(serde_json::to_vec(&file)?)
    }
}
